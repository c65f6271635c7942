import { assertStringIncludes } from "@std/assert";
import { assertRight, hint } from "./_marks.ts";

const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
type Projection = (image: number[], original: number[], epsilon: number) => number[];

Deno.test("exercise 2.1 takes the length of the ball's corner, and tells other norms and units apart", async () => {
  await assertRight("2.1", Math.hypot(...Array<number>(3072).fill(8 / 255)));
  await assertRight("2.1", 1.74);
  assertStringIncludes(await hint("2.1", 32 * 8 / 255), "three colours");
  assertStringIncludes(await hint("2.1", 3072 * (8 / 255) ** 2), "square root");
  assertStringIncludes(await hint("2.1", 3072 * 8 / 255), "l1 norm");
  assertStringIncludes(await hint("2.1", 8 / 255), "linf norm");
  assertStringIncludes(await hint("2.1", 443.4), "unit");
  assertStringIncludes(await hint("2.1", 3), "d · ε²");
});

Deno.test("exercise 2.2 takes the projection to ball and box, and names what is forgotten", async () => {
  await assertRight(
    "2.2",
    ((x, o, e) => x.map((v, i) => clip(v, Math.max(0, o[i]! - e), Math.min(1, o[i]! + e)))) as Projection,
  );
  assertStringIncludes(
    await hint("2.2", ((x, o, e) => x.map((v, i) => clip(v, o[i]! - e, o[i]! + e))) as Projection),
    "below 0 or above 1",
  );
  assertStringIncludes(
    await hint("2.2", ((x) => x.map((v) => clip(v, 0, 1))) as Projection),
    "not into the ball",
  );
  assertStringIncludes(
    await hint("2.2", ((x, _, e) => x.map((v) => clip(v, -e, e))) as Projection),
    "It is the change",
  );
  assertStringIncludes(
    await hint("2.2", ((x, o, e) => x.map((v, i) => clip(v - o[i]!, -e, e))) as Projection),
    "returns the change",
  );
  assertStringIncludes(await hint("2.2", ((x) => x) as Projection), "original − ε");
});

Deno.test("exercise 2.3 takes the projection to the l2 ball, and names the usual mistakes", async () => {
  const scaled = (factor: (length: number, epsilon: number) => number): Projection => (x, o, e) => {
    const change = x.map((v, i) => v - o[i]!), length = Math.hypot(...change);
    return o.map((v, i) => v + factor(length, e) * change[i]!);
  };
  await assertRight("2.3", scaled((length, e) => Math.min(1, e / Math.max(length, 1e-12))));
  assertStringIncludes(await hint("2.3", scaled((length, e) => e / (length || 1))), "stay where it is");
  assertStringIncludes(await hint("2.3", scaled((length, e) => e / length)), "not a number");
  assertStringIncludes(
    await hint("2.3", ((x, o, e) => x.map((v, i) => clip(v, o[i]! - e, o[i]! + e))) as Projection),
    "linf projection",
  );
  assertStringIncludes(await hint("2.3", () => 1), "a list of 3 numbers, but returns the number 1");
});
