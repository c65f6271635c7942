import { assert, assertEquals } from "@std/assert";
import { differences } from "../../scripts/conformance/suite/differences.ts";
import type { EngineName } from "../../scripts/conformance/suite/engines.ts";
import { computing } from "../../scripts/conformance/suite/files.ts";
import { known } from "../../scripts/conformance/suite/known.ts";
import { run } from "../../scripts/conformance/suite/run.ts";
import { unexplained } from "../../scripts/conformance/suite/upstream.ts";
import { present } from "../tensor/_backends.ts";

const files = computing();

/** How many of TensorFlow.js's tests there are at least. */
const LEAST = 4000;

for (const engine of await present("wasm", "tensorflow") as ("wasm" | "tensorflow")[]) {
  const kit: EngineName = engine, plain: EngineName = `plain-${engine}`;

  Deno.test(`on ${engine}, TensorFlow.js's own tests pass with the kit's kernels where they pass without`, async (t) => {
    const { outcomes } = await run(kit, files),
      { worse } = differences(outcomes, (await run(plain, files)).outcomes);
    assert(Object.keys(outcomes).length >= LEAST, `only ${Object.keys(outcomes).length} tests ran`);
    const reasons = known[kit] ?? {};
    assertEquals(Object.fromEntries(Object.entries(worse).filter(([name]) => !(name in reasons))), {});
    assertEquals(Object.keys(reasons).filter((name) => !(name in worse)), [], "these pass by now");
    await t.step("and what fails with both has a reason", () => {
      assertEquals(unexplained(engine, outcomes, reasons), []);
    });
  });
}

Deno.test("differences() tells a test that fails, one that did not run, and one that passes now", () => {
  const passed = { status: "passed" } as const, failed = { status: "failed", message: "no" } as const;
  assertEquals(
    differences({ a: passed, b: failed, d: passed, e: failed }, {
      a: passed,
      b: passed,
      c: passed,
      d: failed,
      e: failed,
    }),
    { worse: { b: "no", c: "it did not run" }, better: ["d"] },
  );
});

Deno.test("unexplained() tells failures without a reason, and reasons without a failure", () => {
  const outcomes = {
    "round int32": { status: "failed", message: "0" },
    strange: { status: "failed", message: "?" },
  } as const;
  const found = unexplained("tensorflow", outcomes, {});
  assertEquals(found.filter((one) => /strange|rounded/.test(one)), ["strange: ?"]);
  assert(found.includes("Mended by now: sign of NaN is NaN"));
});
