import { assertEquals, assertStringIncludes } from "@std/assert";
import { exercise } from "@gcln/kit/course";
import { linf, project } from "@gcln/kit/attacks";
import { type Images, type tf, useBackend } from "@gcln/kit/tensor";
import { assertRight, hint } from "./_marks.ts";

type Step = (x: Images, original: Images, gradient: Images, stepSize: number, epsilon: number) => tf.Tensor;

Deno.test("exercise 3.1 takes a step of PGD, by hand or with the kit's projection, and names the usual mistakes", async () => {
  await useBackend();
  const moved = (x: Images, g: Images, a: number) => x.add<Images>(g.sign().mul(a));
  await assertRight("3.1", ((x, o, g, a, e) => project(linf(e), o, moved(x, g, a))) as Step);
  await assertRight(
    "3.1",
    ((x, o, g, a, e) => o.add(moved(x, g, a).sub(o).clipByValue(-e, e)).clipByValue(0, 1)) as Step,
  );
  const says: [string, Step][] = [
    ["clip to [0, 1]", (x, o, g, a, e) => o.add(moved(x, g, a).sub(o).clipByValue(-e, e))],
    ["back into the ball", (x, _o, g, a) => moved(x, g, a).clipByValue(0, 1)],
    ["without the projection", (x, _o, g, a) => moved(x, g, a)],
    ["Wrong sign", (x, o, g, a, e) => project(linf(e), o, moved(x, g, -a))],
    ["around the present image", (x, _o, g, a, e) => project(linf(e), x, moved(x, g, a))],
    ["begins at the original", (_x, o, g, a, e) => project(linf(e), o, moved(o, g, a))],
    ["gradient itself", (x, o, g, a, e) => project(linf(e), o, x.add(g.mul(a)))],
    ["as long as ε", (x, o, g, _a, e) => project(linf(e), o, moved(x, g, e))],
    ["Three parts", (x) => x.mul(0)],
    ["of shape [1,1,5,1], but returns one of shape [5]", (x) => x.reshape([-1])],
  ];
  for (const [text, step] of says) assertStringIncludes(await hint("3.1", step), text);
  assertEquals((await exercise("3.1", () => undefined)).right, null);
});

Deno.test("exercise 3.2 takes the smallest step that gets across the ball, and no other", async () => {
  await assertRight("3.2", 1.6 / 255);
  assertStringIncludes(await hint("3.2", 1.6), "unit");
  assertStringIncludes(await hint("3.2", 0.8 / 255), "from the middle");
  assertStringIncludes(await hint("3.2", 1 / 255), "not enough");
  assertStringIncludes(await hint("3.2", 3 / 255), "smaller step would do");
  assertStringIncludes(await hint("3.2", 16 / 255), "there are ten");
});

type Gradient = (image: number[]) => number[];

/** BIM of a student, with what may go wrong. */
function bimWith(
  { stop, way = 1, around = "original", box = true, old = false }: {
    stop?: number;
    way?: number;
    around?: "original" | "last" | "nothing";
    box?: boolean;
    old?: boolean;
  } = {},
) {
  return (gradient: Gradient, original: number[], epsilon: number, stepSize: number, steps: number) => {
    let x = [...original];
    for (let t = 0; t < Math.min(steps, stop ?? steps); t++) {
      const g = gradient(old ? original : x);
      for (const i of x.keys()) {
        const center = around === "original" ? original[i]! : x[i]!;
        const radius = around === "nothing" ? Infinity : epsilon;
        let value = x[i]! + way * stepSize * Math.sign(g[i]!);
        value = Math.max(center - radius, Math.min(center + radius, value));
        x = x.with(i, box ? Math.max(0, Math.min(1, value)) : value);
      }
    }
    return x;
  };
}

Deno.test("exercise 3.3 takes the whole loop, and names the usual mistakes", async () => {
  await assertRight("3.3", bimWith());
  assertStringIncludes(await hint("3.3", bimWith({ old: true })), "calculated anew");
  assertStringIncludes(await hint("3.3", bimWith({ box: false })), "leave [0, 1]");
  assertStringIncludes(await hint("3.3", bimWith({ around: "nothing" })), "project after each step");
  assertStringIncludes(await hint("3.3", bimWith({ around: "last" })), "around the last image");
  assertStringIncludes(await hint("3.3", bimWith({ way: -1 })), "Wrong sign");
  assertStringIncludes(await hint("3.3", bimWith({ stop: 1 })), "Only one step");
});
