import { assertEquals, assertRejects } from "@std/assert";
import { exercise, hasSeal, sealOutcomes } from "@gcln/kit/course";

Deno.test("sealOutcomes() makes exercise() seal what it shows, once and for all", async () => {
  assertEquals("seal" in await exercise("1.1", 3), false);
  await sealOutcomes("the grader's");
  await assertRejects(() => sealOutcomes("the student's"), Error, "there is one already");
  const outcome = await exercise("1.1", 3);
  assertEquals(await hasSeal(outcome, "the grader's"), true);
  assertEquals(await hasSeal(outcome, "the student's"), false);
  assertEquals(await hasSeal({ ...outcome, right: true }, "the grader's"), false);
  assertEquals(await hasSeal({ ...outcome, number: "1.2" }, "the grader's"), false);
  const { seal: _, ...bare } = outcome;
  assertEquals(await hasSeal(bare, "the grader's"), false);
});
