import { assertEquals } from "@std/assert";
import { figure3, figure4, table1, traitsIn } from "@gcln/kit/experiments";

Deno.test("traitsIn() knows the defenses that are measured, by row or curve", () => {
  assertEquals(traitsIn(table1), {
    "No Defense": [],
    "Adversarial-PGD": [],
    "Our method (Qs = 5)": ["non-differentiable"],
    "Our method (Qs = 10)": ["non-differentiable"],
    "Our method (Qs = 10; VGG features)": ["non-differentiable"],
  });
  assertEquals(traitsIn(figure4), {
    "Our method": ["non-differentiable"],
    "Vanilla adversarial training": [],
    "PNI": ["randomised"],
    "Our method (BPDA)": ["non-differentiable"],
    "Our method (adaptive; BPDA)": ["non-differentiable"],
  });
  assertEquals(traitsIn(figure3)["Our method (clean images)"], ["non-differentiable"]);
});
