import { assertEquals } from "@std/assert";
import { nearestName } from "@gcln/kit/kinds";

const known = ["tensorflow", "webgpu", "wasm"];

Deno.test("nearestName() finds what was meant", () => {
  const meant = {
    tensorfow: "tensorflow",
    tensroflow: "tensorflow",
    webgl: "webgpu",
    WASM: "wasm",
    wsm: "wasm",
  };
  for (const [written, name] of Object.entries(meant)) assertEquals(nearestName(written, known), name);
});

Deno.test("nearestName() takes beginnings and other cases, and counts a swap once", () => {
  assertEquals(nearestName("no defense", ["GCLN", "No Defense"]), "No Defense");
  assertEquals(nearestName("Adversarial", ["No Defense", "Adversarial PGD"]), "Adversarial PGD");
  assertEquals(nearestName("qiuck", ["slow", "quick"]), "quick");
});

Deno.test("nearestName() guesses nothing far, and of equally near ones the first", () => {
  assertEquals(nearestName("FGM", ["PGD", "BIM"]), undefined);
  assertEquals(nearestName("x", []), undefined);
  assertEquals(nearestName("q", ["b", "c"]), "b");
});
