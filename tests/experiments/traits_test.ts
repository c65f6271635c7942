import { assertEquals } from "@std/assert";
import { figure3, figure4, isMeasured, table1, traitsIn } from "@gcln/kit/experiments";

Deno.test("traitsIn() knows the defenses that are measured, by row or curve", () => {
  const traits = traitsIn({ ...table1, rows: { ...table1.rows, "Later": { defense: "not measured yet" } } });
  const measured = Object.keys(table1.rows).filter((head) => isMeasured(table1.rows[head]!));
  assertEquals(Object.keys(traits), measured);
  assertEquals(traits["No Defense"], []);
  assertEquals(traits["Adversarial-PGD"], []);
  assertEquals(traits["Our method (Qs = 10; VGG features)"], ["non-differentiable"]);
  assertEquals(traitsIn(figure4), {
    "Our method": ["non-differentiable"],
    "Vanilla adversarial training": [],
    "PNI": ["randomised"],
    "Our method (BPDA)": ["non-differentiable"],
    "Our method (adaptive; BPDA)": ["non-differentiable"],
  });
  assertEquals(traitsIn(figure3)["Our method (clean images)"], ["non-differentiable"]);
});
