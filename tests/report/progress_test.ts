import { assertEquals } from "@std/assert";
import { lineProgress, placedLabel, silent } from "@gcln/kit/report";

/** The lines that `lineProgress` writes, with a clock that the test sets. */
function recorded(): {
  bar: ReturnType<typeof lineProgress>;
  lines: string[];
  at: (seconds: number) => void;
} {
  const lines: string[] = [];
  let time = 0;
  const bar = lineProgress("Training", { write: (line) => lines.push(line), now: () => time * 1000 });
  return { bar, lines, at: (seconds) => time = seconds };
}

Deno.test("lineProgress() is silent for work of less than ten seconds", () => {
  const { bar, lines, at } = recorded();
  for (let second = 0; second < 10; second++) {
    at(second);
    bar.update(second, 10);
  }
  bar.done();
  assertEquals(lines, []);
});

Deno.test("lineProgress() writes at most every ten seconds, with speed, time left and facts", () => {
  const { bar, lines, at } = recorded();
  for (let second = 0; second <= 25; second++) {
    at(second);
    bar.update(second * 4, 400, { loss: 0.123456, epoch: 2, phase: "G" });
  }
  bar.done();
  assertEquals(lines, [
    "Training: 40 of 400, 4/s, 1:30 left, loss 0.123, epoch 2, phase G",
    "Training: 80 of 400, 4/s, 1:20 left, loss 0.123, epoch 2, phase G",
    "Training: done in 0:25",
  ]);
});

Deno.test("lineProgress() does not count what an earlier run did as speed", () => {
  const { bar, lines, at } = recorded();
  bar.update(900, 1000);
  at(20);
  bar.update(910, 1000);
  assertEquals(lines, ["Training: 910 of 1000, 2 s each, 3:00 left"]);
});

Deno.test("lineProgress() can be used again after done()", () => {
  const { bar, lines, at } = recorded();
  bar.update(1, 2);
  bar.done();
  at(100);
  bar.update(1, 2);
  assertEquals(lines, []);
});

Deno.test("placedLabel() says which piece of how many it is, and how long all that are left take", () => {
  assertEquals(placedLabel("Ours, FGS"), "Ours, FGS");
  assertEquals(placedLabel("Ours, FGS", { step: 1, of: 40 }), "[1 of 40] Ours, FGS");
  const later = { step: 3, of: 40, secondsLeft: 724.2 };
  assertEquals(placedLabel("Ours, FGS", later), "[3 of 40, about 12:05 left] Ours, FGS");
});

Deno.test("silent says nothing and may be called in any order", () => {
  silent.done();
  silent.update(1, 0, { loss: NaN });
});

Deno.test("lineProgress() does not say that work is done which was stopped", () => {
  const { bar, lines, at } = recorded();
  for (let second = 0; second <= 12; second++) {
    at(second);
    bar.update(second, 100);
  }
  bar.done("stopped");
  assertEquals(lines.at(-1), "Training: stopped after 0:12");
});
