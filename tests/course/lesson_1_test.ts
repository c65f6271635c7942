import { assertEquals, assertStringIncludes } from "@std/assert";
import { exercise } from "@gcln/kit/course";
import { assertRight, hint } from "./_marks.ts";

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

Deno.test("exercise 1.1 takes ε times the l1 norm, however it is written, and nothing else", async () => {
  await assertRight("1.1", (weights: number[], epsilon: number) => {
    return sum(weights.map((w) => w * (w > 0 ? epsilon : -epsilon)));
  });
  assertStringIncludes(await hint("1.1", (w: number[], e: number) => e * sum(w)), "negative");
  assertStringIncludes(await hint("1.1", (w: number[], e: number) => e * Math.hypot(...w)), "l2");
  assertStringIncludes(
    await hint("1.1", (w: number[], e: number) => e * Math.max(...w.map(Math.abs))),
    "one pixel",
  );
  assertStringIncludes(await hint("1.1", (w: number[]) => sum(w.map(Math.abs))), "ε is missing");
  assertStringIncludes(await hint("1.1", () => 3), "one pixel first");
  assertEquals((await exercise("1.1", () => {})).right, null);
});

Deno.test("exercise 1.2 takes the distance in the l∞ norm, and tells what is wrong with others", async () => {
  const l1 = (weights: number[]) => sum(weights.map(Math.abs));
  await assertRight("1.2", (score: number, weights: number[]) => Math.max(score, -score) / l1(weights));
  assertStringIncludes(await hint("1.2", (s: number, w: number[]) => s / l1(w)), "negative score");
  assertStringIncludes(
    await hint("1.2", (s: number, w: number[]) => Math.abs(s) / Math.hypot(...w)),
    "l2 norm",
  );
  assertStringIncludes(await hint("1.2", (s: number, w: number[]) => Math.abs(s) * l1(w)), "multiply");
  assertStringIncludes(await hint("1.2", () => "much"), "a number, but returns the string much");
});

type Attack = (image: number[], weights: number[], label: number, epsilon: number) => number[];

Deno.test("exercise 1.3 takes the attack that moves the score furthest, and names what is missing", async () => {
  const clip = (x: number) => Math.min(1, Math.max(0, x));
  const attack: Attack = (image, weights, label, epsilon) =>
    image.map((x, i) => clip((weights[i]! > 0) === (label === 1) ? x - epsilon : x + epsilon));
  await assertRight("1.3", attack);
  const unclipped: Attack = (image, weights, label, e) =>
    image.map((x, i) => x - (label ? 1 : -1) * e * Math.sign(weights[i]!));
  assertStringIncludes(await hint("1.3", unclipped), "range from 0 to 1");
  assertStringIncludes(
    await hint("1.3", (...[x, w, label, e]: Parameters<Attack>) => attack(x, w, 1 - label, e)),
    "right class surer",
  );
  assertStringIncludes(
    await hint("1.3", (...[x, w, , e]: Parameters<Attack>) => attack(x, w, 1, e)),
    "nought (label 0) must gain",
  );
  const weighted: Attack = (image, weights, label, e) =>
    image.map((x, i) => clip(x - (label ? 1 : -1) * e * weights[i]!));
  assertStringIncludes(await hint("1.3", weighted), "sign of the weight");
  assertStringIncludes(await hint("1.3", () => [1]), "a list of 4 numbers, but returns a list of 1");
  assertStringIncludes(await hint("1.3", (image: number[]) => image.map(() => NaN)), "not a number");
});

Deno.test("a function that changes the list that it is given is marked like any other", async () => {
  await assertRight("1.3", (image: number[], weights: number[], label: number, epsilon: number) => {
    for (const i of image.keys()) {
      image[i]! += (label === 1 ? -1 : 1) * epsilon * Math.sign(weights[i]!);
      image[i] = Math.min(1, Math.max(0, image[i]!));
    }
    return image;
  });
});
