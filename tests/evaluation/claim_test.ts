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
