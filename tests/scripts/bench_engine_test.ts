import { assert, assertEquals } from "@std/assert";
import { useBackend } from "@gcln/kit/tensor";
import { ALLOWED, differenceOf, engineFacts, keptFacts } from "../../scripts/bench/engine_facts.ts";

await useBackend();

Deno.test("the engine that runs here trains and attacks as the native one did when its numbers were kept", async () => {
  const kept = await keptFacts(), found = differenceOf(await engineFacts(), kept);
  assert(found.losses <= ALLOWED.losses && found.verdicts <= ALLOWED.verdicts, JSON.stringify(found));
  // The network is one of which some images stand and some do not: a verdict could differ.
  const standing = [...kept.stands].filter((one) => one === "1").length;
  assert(standing > 50 && standing < 150, `${standing} of ${kept.stands.length} stand`);
  assert(kept.losses.every((loss, i) => i === 0 || loss < kept.losses[i - 1]!));
});

Deno.test("differenceOf() counts verdicts, and takes a loss that is no number for infinitely far", () => {
  const kept = { losses: [2, 1], stands: "0110" };
  assertEquals(differenceOf(kept, kept), { losses: 0, verdicts: 0 });
  assertEquals(differenceOf({ losses: [2, 1.5], stands: "0011" }, kept), { losses: 0.5, verdicts: 2 });
  assertEquals(differenceOf({ losses: [NaN, 1], stands: "0110" }, kept).losses, Infinity);
  assertEquals(differenceOf({ losses: [], stands: "" }, kept), { losses: Infinity, verdicts: 4 });
});
