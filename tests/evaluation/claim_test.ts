import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { claim, type Finding } from "@gcln/kit/evaluation";

const finding = (severity: Finding["severity"], message: string): Finding => ({
  severity,
  message,
  remedy: "Look.",
});
const half = { correct: [true, false, true, false] };

Deno.test("A claim that nothing speaks against is still no more than an upper bound", () => {
  const { status, text, accuracy, interval: [low, high] } = claim(half, []);
  assertEquals([status, accuracy], ["stands", 0.5]);
  assertEquals(low < 0.5 && 0.5 < high, true);
  assertMatch(
    text,
    /^At most 50\.0% of 4 images \(95 %: .*\) withstand these attacks; no check speaks against it\.$/,
  );
});

Deno.test("A warning puts a claim in doubt, a note does not", () => {
  const warned = claim(half, [finding("note", "Quoted."), finding("warning", "Not converged.")]);
  assertEquals([warned.status, warned.findings.map(({ severity }) => severity)], ["in doubt", [
    "warning",
    "note",
  ]]);
  assertMatch(warned.text, /with 1 warning\. Not converged\.$/);
  assertEquals(claim(half, [finding("note", "Quoted.")]).status, "stands");
});

Deno.test("A serious finding refuses the claim, and every one is told", () => {
  const { status, text } = claim(half, [
    finding("warning", "Not converged."),
    finding("serious", "Zero gradient."),
    finding("serious", "Random."),
  ]);
  assertEquals(status, "refused");
  assertMatch(text, /^No robust accuracy can be given: .* 2 serious findings and 1 warning speak against/);
  assertMatch(text, /Zero gradient\. Random\. Not converged\.$/);
});

Deno.test("Of no images nothing can be claimed", () => {
  assertThrows(() => claim({ correct: [] }, []), RangeError);
});

Deno.test("claim() gives no number while the judge has found a fault, though no finding is passed", () => {
  const none = { undecided: 0, notFinite: 0, outside: 0 };
  for (
    const [fault, words] of [["undecided", /NaN among the logits/], ["notFinite", /no image/], [
      "outside",
      /\[0, 1\]/,
    ]] as const
  ) {
    const { status, text, findings } = claim({ ...half, faults: { ...none, [fault]: 1 } }, []);
    assertEquals([status, findings.length], ["refused", 1]);
    assertMatch(text, /^No robust accuracy can be given: .* 1 serious finding speaks against/);
    assertMatch(text, words);
    assertMatch(text, /1 image/);
  }
  assertEquals(claim({ ...half, faults: none }, []).status, "stands");
});

Deno.test("claim() sees gradients that are zero or not finite, and tells the same thing once", () => {
  const zero = claim({ ...half, gradients: { zero: 0.5, notFinite: 0 } }, []);
  assertEquals(zero.status, "refused");
  assertMatch(zero.text, /gradient is exactly zero on 50\.0% of the images/);
  const torn = claim({ ...half, gradients: { zero: 0, notFinite: 0.05 } }, []);
  assertEquals(torn.status, "in doubt");
  assertMatch(torn.text, /NaN or infinity on 5\.0% of the images/);
  assertEquals(claim({ ...half, gradients: { zero: 0.5, notFinite: 0 } }, zero.findings).findings.length, 1);
  assertEquals(claim({ ...half, gradients: { zero: 0, notFinite: 0 } }, []).status, "stands");
});

Deno.test("claim() says what it wants", () => {
  // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
  const loose = claim as any;
  assertThrows(() => loose(half), RangeError, "Cannot use findings undefined: a list");
  assertThrows(() => loose(0.5, []), RangeError, "a measurement");
  assertThrows(() => loose({ correct: [1, 0] }, []), RangeError, "true or false");
});

Deno.test("A finding whose severity is not known is an error, not a number that stands", () => {
  for (const severity of ["Serious", "error", undefined]) {
    // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
    const findings = [{ severity, message: "The gradient is zero.", remedy: "" }] as any;
    assertThrows(() => claim({ correct: [true] }, findings), RangeError, '"serious", "warning" or "note"');
  }
});
