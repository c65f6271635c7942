import { assertEquals } from "@std/assert";
import { count } from "../../scripts/cli/count.ts";

Deno.test("count() reads what deno test, and what the kit's own scripts say", () => {
  assertEquals(count("ok | 12 passed | 0 failed (3s)", true), { passed: 12, failed: 0 });
  assertEquals(count("FAILED | 12 passed (3 steps) | 2 failed | 1 ignored (3s)", false), {
    passed: 12,
    failed: 2,
  });
  assertEquals(count("3 passed, 1 failed\n", false), { passed: 3, failed: 1 });
});

Deno.test("count() takes a step that does not count as one", () => {
  assertEquals(count("Checked 12 files", true), { passed: 1, failed: 0 });
  assertEquals(count("error: Found 3 problems", false), { passed: 0, failed: 1 });
});

Deno.test("count() believes the exit code where a step counts no failure", () => {
  assertEquals(count("ok | 12 passed | 0 failed (3s)\nerror: Uncaught", false), { passed: 12, failed: 1 });
});
