/**
 * What the kit uses of `jsr:@std/assert`, for places where that registry can't be reached.
 *
 * @module
 */
export {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertStrictEquals,
  assertStringIncludes,
  fail,
} from "./assertions.ts";
export { equal } from "./equal.ts";
export { assertRejects, assertThrows } from "./throws.ts";
