import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type AnswerKind,
  defineExercise,
  exercise,
  type ExerciseDefinition,
  exercisesOf,
  lessons,
  OUTCOME_TYPE,
  right,
  wrong,
} from "@gcln/kit/course";
import { jupyterDisplay } from "@gcln/kit/report";
import { tf, useBackend } from "@gcln/kit/tensor";

/** An exercise of this test's own, under a new number each time. */
function own<Kind extends AnswerKind = "anything">(definition: Partial<ExerciseDefinition<Kind>>): string {
  const number = `test.${made++}`;
  defineExercise({ number, asks: "What is it?", check: () => right(), ...definition });
  return number;
}
let made = 0;

Deno.test("exercise() shows a right answer, a wrong one and a missing one, to people and to graders", async () => {
  const number = own({
    takes: "number",
    check: (x) => x === 4 ? right("Two by two.") : wrong("Count again."),
  });
  const bundle = async (answer: unknown) => await (await exercise(number, answer))[jupyterDisplay]();
  assertEquals(await bundle(4), {
    "text/markdown": `**✓ ${number} Right.** Two by two.`,
    "text/plain": `✓ ${number} Right. Two by two.`,
    [OUTCOME_TYPE]: { number, right: true, message: "Two by two." },
  });
  assertEquals((await bundle(5))["text/plain"], `✗ ${number} Not yet. Count again.`);
  assertEquals((await bundle(undefined))[OUTCOME_TYPE], { number, right: null, message: "What is it?" });
});

Deno.test("exercise() takes a placeholder for no answer", async () => {
  const number = own({});
  for (
    const placeholder of [undefined, null, "", " ", "...", "?", "your answer", Promise.resolve(undefined)]
  ) {
    assertEquals((await exercise(number, placeholder)).right, null);
  }
  for (const answer of [0, false, "0", [], NaN]) assertEquals((await exercise(number, answer)).right, true);
});

Deno.test("exercise() tells an answer of the wrong type what is wanted", async () => {
  const number = own({ takes: "number" }),
    asked = async (answer: unknown) => (await exercise(number, answer)).message;
  assertEquals(
    await asked("12 %"),
    'The answer is the text "12 %", but a number is wanted: write it without quotes.',
  );
  assertEquals(await asked(NaN), "The answer is NaN, but a number is wanted.");
  assertEquals(await asked(() => 1), "The answer is a function, but a number is wanted.");
  assertEquals(await asked([1]), "The answer is a list of 1, but a number is wanted.");
  assertStringIncludes(await asked(tf.zeros([2, 3])), "a tensor of shape [2,3]");
  assertEquals((await exercise(number, tf.scalar(3))).right, true);
  assertEquals((await exercise(own({ takes: "record" }), [])).right, false);
  assertEquals((await exercise(own({ takes: "text" }), 1)).right, false);
});

Deno.test("exercise() frees what the check and the student's function make, and leaves the answer alone", async () => {
  await useBackend("wasm");
  const before = tf.memory().numTensors, answer = tf.ones([2]);
  const number = own({
    check: async (x) => {
      const sum = (x as tf.Tensor).sum();
      await sum.data();
      return (await (x as tf.Tensor).mul(2).data())[0] === 2 ? right() : wrong("");
    },
  });
  assertEquals((await exercise(number, answer)).right, true);
  assertEquals(tf.memory().numTensors, before + 1);
  const throwing = () => {
    tf.ones([3]);
    throw new Error("no");
  };
  assertEquals((await exercise(own({ takes: "function", check: (f) => f() }), throwing)).right, false);
  assertEquals(tf.memory().numTensors, before + 1);
  answer.dispose();
});

Deno.test("exercise() makes a hint of an error in the student's function", async () => {
  const number = own({ takes: "function", check: async (f) => (await f(), right()) });
  const outcome = await exercise(number, () => {
    throw new TypeError("x is not a function");
  });
  assertEquals(outcome.right, false);
  assertStringIncludes(outcome.message, "TypeError: x is not a function");
  assertEquals((await exercise(number, () => Promise.reject(new Error("later")))).right, false);
});

Deno.test("exercise() names the nearest number of one that is not there", async () => {
  await assertRejects(() => exercise("1.11", 1), RangeError, 'did you mean "1.1"?');
});

Deno.test("defineExercise() refuses what can't be an exercise, and a number of the kit's", () => {
  const check = () => right();
  assertThrows(() => defineExercise({ number: "7", asks: "?", check }), RangeError, "a number with a dot");
  assertThrows(() => defineExercise({ number: "1.1", asks: "?", check }), RangeError, "the kit has one");
  const misspelt: object = { number: "t.1", asks: "?", check, take: "number" };
  assertThrows(() => defineExercise(misspelt as never), RangeError, 'did you mean "takes"?');
});

Deno.test("lessons stand in order, and every exercise bears its lesson's number and asks a sentence", () => {
  const groups = lessons.map((exercises) => exercises[0]!.number.split(".")[0]!);
  assertEquals(groups, groups.toSorted((a, b) => Number(a) - Number(b)));
  lessons.forEach((exercises, i) => assertEquals(exercisesOf(groups[i]!), exercises));
  for (const { asks } of lessons.flat()) assert(/[.?]$/.test(asks), asks);
});
