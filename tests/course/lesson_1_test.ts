import { assertEquals, assertStringIncludes } from "@std/assert";
import { exercise } from "@gcln/kit/course";

Deno.test("exercise 1.1 takes ε times the l1 norm, however it is written, and nothing else", async () => {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const byHand = (weights: number[], epsilon: number) =>
    sum(weights.map((w) => w * (w > 0 ? epsilon : -epsilon)));
  assertEquals((await exercise("1.1", byHand)).right, true);
  const hint = async (answer: unknown) => {
    const { right, message } = await exercise("1.1", answer);
    assertEquals(right, false);
    return message;
  };
  assertStringIncludes(await hint((w: number[], e: number) => e * sum(w)), "negative");
  assertStringIncludes(await hint((w: number[], e: number) => e * Math.hypot(...w)), "l2");
  assertStringIncludes(await hint((w: number[], e: number) => e * Math.max(...w.map(Math.abs))), "one pixel");
  assertStringIncludes(await hint(() => 3), "one pixel first");
  assertEquals((await exercise("1.1", () => {})).right, null);
});
