import { useBackend } from "@gcln/kit/tensor";
import { assertHint, assertRight, assertWaits } from "./_marked.ts";

await useBackend();

Deno.test("exercise 9.1 takes the loss of the worst corner of the ball, however it is found", async () => {
  const dot = (w: number[], x: number[]) => w.reduce((sum, each, i) => sum + each * x[i]!, 0);
  const l1 = (w: number[]) => w.reduce((sum, each) => sum + Math.abs(each), 0);
  const loss = (margin: number) => Math.log(1 + Math.exp(-margin));
  type Loss = (w: number[], x: number[], y: number, e: number) => number;
  const hint = (answer: Loss, says: string) => assertHint("9.1", answer, says);
  await assertRight("9.1", ((w, x, y, e) => loss(y * dot(w, x) - e * l1(w))) satisfies Loss);
  const moved: Loss = (w, x, y, e) => loss(y * dot(w, x.map((each, i) => each - e * y * Math.sign(w[i]!))));
  await assertRight("9.1", moved);
  await assertWaits("9.1");
  await hint((w, x, y) => loss(y * dot(w, x)), "does not depend on ε");
  await hint((w, x, y, e) => loss(y * dot(w, x) + e * l1(w)), "helps");
  await hint((w, x, y, e) => loss(y * (dot(w, x) - e * l1(w))), "For y = −1");
  await hint((w, x, y, e) => loss(y * dot(w, x) - e * Math.hypot(...w)), "l2 ball");
  await hint((w, x, y, e) => y * dot(w, x) - e * l1(w), "smallest margin");
  await hint((w, x, y, e) => -loss(y * dot(w, x) - e * l1(w)), "positive");
  await hint(() => 1, "How far");
});

Deno.test("exercise 9.2 counts the gradients that PGD takes, and the one that learns", async () => {
  await assertRight("9.2", (steps: number) => steps + 1);
  await assertWaits("9.2");
  await assertHint("9.2", (steps: number) => steps, "gradients of the attack");
  await assertHint("9.2", (steps: number) => 2 * steps, "once for each attacked image");
  await assertHint("9.2", () => 7, "Count");
});

Deno.test("exercise 9.3 puts the share into both sides", async () => {
  await assertRight("9.3", (c: number, a: number, d: number, b: number) => (c - d) / (c - d + b - a));
  await assertWaits("9.3");
  await assertHint(
    "9.3",
    (c: number, a: number, d: number, b: number) => (c - d) / (b - a),
    "price over the gain",
  );
  await assertHint(
    "9.3",
    (c: number, a: number, d: number, b: number) => (b - a) / (c - d + b - a),
    "share of clean images",
  );
  await assertHint("9.3", () => 0.5, "should be equal");
});
