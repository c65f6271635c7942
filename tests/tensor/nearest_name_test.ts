import { assertEquals, assertThrows } from "@std/assert";
import { nearestName } from "@gcln/kit/tensor";

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

Deno.test("nearestName() gives a known name for anything, and the first of equally near ones", () => {
  assertEquals(nearestName("", ["abc", "xyz"]), "abc");
  assertEquals(nearestName("q", ["b", "c"]), "b");
});

Deno.test("nearestName() refuses an empty list", () => {
  assertThrows(() => nearestName("x", []), RangeError);
});
