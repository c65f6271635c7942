/** How many tests have passed and failed. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * The numbers of passed and failed tests, as a command prints them (`12 passed (3 steps) | 0 failed`, `12 passed, 0 failed`).
 * A command that prints no count is one test. A command that ends with an error has failed at least once.
 *
 * @param output What it printed.
 * @param success Whether it ended without an error.
 */
export function count(output: string, success: boolean): Count {
  const counts = [...output.matchAll(/(\d+) passed(?: \([^)]*\))?(?: \||,) (\d+) failed/g)].at(-1);
  if (counts === undefined) return { passed: success ? 1 : 0, failed: success ? 0 : 1 };
  return { passed: Number(counts[1]), failed: Math.max(Number(counts[2]), success ? 0 : 1) };
}
