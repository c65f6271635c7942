import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adam, clipByGlobalNorm, cosine, type Optimiser, sampler, sgd, stepwise } from "@gcln/kit/training";
import { type Parameters, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Follows an optimiser on f(p) = p² / 2 from 1, whose gradient is p. */
async function descend(optimiser: Optimiser, rate: number, steps: number): Promise<number[]> {
  let parameters: Parameters = { p: tf.scalar(1) }, state = optimiser.init(parameters);
  const path: number[] = [];
  for (let i = 0; i < steps; i++) {
    ({ parameters, state } = optimiser.update(
      parameters,
      { p: parameters.p!.clone() },
      state,
      tf.scalar(rate),
    ));
    path.push((await parameters.p!.data())[0]!);
  }
  return path;
}

Deno.test("sgd() with Nesterov momentum and weight decay follows PyTorch's rule", async () => {
  const actual = await descend(sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01 }), 0.1, 5);
  let p = 1, v = 0;
  for (const value of actual) {
    const g = p + 0.01 * p;
    v = 0.9 * v + g;
    p -= 0.1 * (g + 0.9 * v);
    assertAlmostEquals(value, p, 1e-6);
  }
});

Deno.test("sgd() without Nesterov is the heavy ball", async () => {
  const actual = await descend(sgd({ momentum: 0.5, nesterov: false, weightDecay: 0 }), 0.1, 5);
  let p = 1, v = 0;
  for (const value of actual) {
    v = 0.5 * v + p;
    p -= 0.1 * v;
    assertAlmostEquals(value, p, 1e-6);
  }
});

Deno.test("adam() follows Algorithm 1 of Kingma and Ba", async () => {
  const actual = await descend(adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }), 0.1, 6);
  let p = 1, m = 0, v = 0;
  for (const [i, value] of actual.entries()) {
    m = 0.9 * m + 0.1 * p;
    v = 0.99 * v + 0.01 * p * p;
    p -= 0.1 * (m / (1 - 0.9 ** (i + 1))) / (Math.sqrt(v / (1 - 0.99 ** (i + 1))) + 1e-8);
    assertAlmostEquals(value, p, 1e-5);
  }
});

Deno.test("clipByGlobalNorm() scales all gradients together, and leaves small ones alone", async () => {
  const gradients = { a: tf.tensor1d([3, 0]), b: tf.tensor1d([0, 4]) };
  const cut = clipByGlobalNorm(gradients, 1);
  assertAlmostEquals((await cut.a!.data())[0]!, 0.6, 1e-5);
  assertAlmostEquals((await cut.b!.data())[1]!, 0.8, 1e-5);
  assertEquals([...await clipByGlobalNorm(gradients, 10).a!.data()], [3, 0]);
});

Deno.test("cosine() rises, peaks after the warm-up and ends at zero", () => {
  const rate = cosine(1, { warmUp: 0.1 });
  const rates = Array.from({ length: 101 }, (_, i) => rate(i, 100));
  assertEquals(rates.indexOf(Math.max(...rates)), 10);
  assertAlmostEquals(rates[100]!, 0, 1e-12);
  assertEquals(rates.slice(0, 11), rates.slice(0, 11).toSorted((a, b) => a - b));
});

Deno.test("stepwise() divides at the given shares", () => {
  const rate = stepwise(1, [0.5, 0.75]);
  assertEquals([rate(49, 100), rate(50, 100), rate(75, 100)], [1, 0.1, 0.01]);
});

Deno.test("sampler() shows every image once an epoch, in another order each, whatever step it is asked for", () => {
  const indices = sampler(12, 4, 7);
  const epoch = (e: number) => [0, 1, 2].flatMap((i) => [...indices(3 * e + i)]);
  const [first, second] = [epoch(0), epoch(1)];
  assertEquals(first.toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, i) => i));
  assertEquals(second.toSorted((a, b) => a - b), first.toSorted((a, b) => a - b));
  assertEquals(JSON.stringify(first) === JSON.stringify(second), false);
  assertEquals([...sampler(12, 4, 7)(4)], second.slice(4, 8));
});

Deno.test("sgd() decays each parameter as its name says", async () => {
  const parameters = { w: tf.scalar(1), alpha: tf.scalar(1) },
    none = { w: tf.scalar(0), alpha: tf.scalar(0) };
  const { init, update } = sgd({ momentum: 0, weightDecay: (name) => name === "w" ? 0.5 : 0 });
  const { parameters: next } = update(parameters, none, init(parameters), tf.scalar(0.1));
  assertAlmostEquals((await next.w!.data())[0]!, 0.95, 1e-6);
  assertEquals((await next.alpha!.data())[0], 1);
});
