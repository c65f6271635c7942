import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  callable,
  checkSettings,
  count,
  either,
  list,
  object,
  type Settings,
  size,
  text,
  valueText,
  word,
} from "@gcln/kit/kinds";

const settings: Settings = {
  steps: count({ default: 10 }),
  restarts: count({ least: 1 }),
  stepSize: size({ above: 0, most: 1 }),
  loss: either(word(["crossEntropy", "margin"]), callable()),
  radii: list(size()),
  name: text(),
  signal: object(),
};

const NUMBERS = [-1, 0, 0.5, 1, 2, 1e300, NaN, Infinity, -Infinity, "1", null, true, [1], 10n];

function taken(name: string, values: readonly unknown[]): unknown[] {
  return values.filter((value) => {
    try {
      checkSettings("pgd", settings, { [name]: value });
      return true;
    } catch (error) {
      assert(error instanceof RangeError);
      return false;
    }
  });
}

Deno.test("a count is a whole number within its bounds, a size any finite one", () => {
  assertEquals(taken("steps", NUMBERS), [0, 1, 2]);
  assertEquals(taken("restarts", NUMBERS), [1, 2]);
  assertEquals(taken("stepSize", NUMBERS), [0.5, 1]);
});

Deno.test("lists, texts, functions and objects are told apart", () => {
  assertEquals(taken("radii", [[], [0, 1], [NaN], [-1], ["1"], 1, {}]), [[], [0, 1]]);
  assertEquals(taken("name", ["", "a", 1, null]), ["", "a"]);
  const { signal } = new AbortController();
  assertEquals(taken("signal", [signal, null, 1]), [signal]);
});

Deno.test("checkSettings() names the value, what is wanted, and the nearest word", () => {
  const refused = (options: unknown, said: string) =>
    assertThrows(() => checkSettings("pgd", settings, options), RangeError, said);
  refused({ steps: -1 }, "Cannot use steps -1: a whole number of at least 0 is wanted");
  refused({ stepSize: 3 }, "Cannot use stepSize 3: a finite number above 0 and at most 1 is wanted");
  refused({ loss: "crossentropy" }, 'did you mean "crossEntropy"?');
  refused({ loss: "ce" }, 'Cannot use loss "ce": "crossEntropy" or "margin", or a function is wanted');
});

Deno.test("checkSettings() refuses a name that it does not know, and guesses which was meant", () => {
  const refused = (options: unknown, said: string) =>
    assertThrows(() => checkSettings("pgd", settings, options), RangeError, said);
  refused(
    { nSteps: 0 },
    'Cannot give pgd an option "nSteps", did you mean "steps"? It takes steps, restarts',
  );
  refused({ zebra: 0 }, 'Cannot give pgd an option "zebra". It takes steps');
  refused({ toString: 0 }, '"toString"');
  refused({ ["__proto__x"]: 0 }, '"__proto__x"');
});

Deno.test("checkSettings() takes undefined as not given, and misses what is needed", () => {
  checkSettings("pgd", settings, { steps: undefined });
  assertThrows(
    () => checkSettings("pgd", settings, { steps: undefined }, ["steps"]),
    RangeError,
    "Cannot run pgd without steps",
  );
});

Deno.test("checkSettings() wants an object of options", () => {
  for (const options of [undefined, null, 3, "steps", [1]]) {
    assertThrows(() => checkSettings("pgd", settings, options), TypeError, "an object of options is wanted");
  }
});

Deno.test("valueText() is short, and safe with anything", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assertEquals(valueText(circle), "an object");
  assertEquals(valueText(NaN), "NaN");
  assertEquals(valueText({ shape: [2, 3] }), "a tensor of shape [2,3]");
  assert(valueText(new Array(1000).fill("long")).length <= 80);
});
