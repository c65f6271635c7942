import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { growthSince, type Held } from "../../scripts/bench/memory.ts";

const IMAGES = 7000, STEPS = 1000;

/** What a process of its own holds, so that what others leave behind does not count. */
async function heldBy(works: readonly string[]): Promise<Record<string, Held[]>> {
  const script = new URL("../../scripts/bench_memory.ts", import.meta.url).pathname;
  const flags = ["--json", `--images=${IMAGES}`, `--steps=${STEPS}`];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--no-check", "--v8-flags=--expose-gc", script, ...works, ...flags],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function tensorCounts(held: readonly Held[]): number[] {
  return [...new Set(held.map(({ tensors }) => tensors))];
}

Deno.test("A thousand steps of training and thousands of attacked images need no more memory than the first", async () => {
  const held = await heldBy(["pgd", "classifier", "gcln"]);
  const { pgd, classifier, gcln } = held as Record<"pgd" | "classifier" | "gcln", Held[]>;
  assertEquals([pgd, classifier, gcln].map((each) => each.at(-1)!.done), [IMAGES, STEPS, STEPS]);
  for (const [name, each] of Object.entries(held)) {
    assertGreater(each.length, 20, name);
    assertEquals(tensorCounts(each).length, 1, name);
  }
  assertLess(growthSince(500, pgd), 0.05, `${pgd.map(({ rss }) => rss >> 20)} MiB`);
});
