import { assert, assertEquals, assertLess } from "@std/assert";
import { type BackendName, tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";
import { farthest } from "../tensor/_plain.ts";
import { printed } from "../tensor/_printed.ts";
import { trainCritic } from "./_plain_critic.ts";

/** The largest difference relative to the largest of the expected. */
function relative(actual: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(1e-6, ...expected.map(Math.abs));
  return farthest(actual.map((value) => value / largest), expected.map((value) => value / largest));
}

const here = (script: string) => new URL(script, import.meta.url);
const plain = await printed<ReturnType<typeof trainCritic>>(here("_plain_critic.ts"));
assert(typeof plain !== "string", String(plain));

for (const backend of ["cpu", ...await present("tensorflow", "wasm")] as const) {
  Deno.test(`a critic with a gradient penalty learns on ${backend} what it learns with TensorFlow.js alone`, async () => {
    if (backend !== "cpu") await useBackend(backend);
    await tf.setBackend(backend);
    const { losses, weights } = trainCritic(tf, (x) => x.leakyRelu(0.2));
    assertLess(relative(losses, plain.losses), 1e-4);
    for (const [i, weight] of weights.entries()) {
      assertLess(relative(weight, plain.weights[i]!), 1e-3, `weight ${i}`);
    }
  });
}

/** A training as `_second_order.ts` prints it. */
interface Trained {
  readonly losses: number[];
  readonly left: number;
  readonly parameters: Readonly<Record<string, number[]>>;
}
type Form = "eager" | "compiled";
type Trainings = Readonly<
  Record<"critic" | "classifier", Readonly<Record<Form, Trained>> & { readonly cut?: boolean }>
>;

const STEPS = "3", BATCH = "64";
const expected = await printed<Trainings>(here("_second_order.ts"), "cpu", STEPS, BATCH);
assert(typeof expected !== "string", String(expected));

const trainings = {
  critic: "a WGAN-GP critic",
  classifier: "a classifier whose loss has its slope in it",
} as const;
for (const backend of ["tensorflow", "wasm", "webgpu"] satisfies BackendName[]) {
  const found = await printed<Trainings>(here("_second_order.ts"), backend, STEPS, BATCH);
  const why = typeof found === "string" ? ` (not here: ${found})` : "", ignore = why !== "";
  for (const [task, what] of Object.entries(trainings) as [keyof Trainings, string][]) {
    for (const form of ["eager", "compiled"] as const) {
      Deno.test({
        name: `${what}, ${form}, has the losses and parameters of plain cpu on ${backend}${why}`,
        ignore,
        fn() {
          const { losses, parameters, left } = (found as Trainings)[task][form], cpu = expected[task].eager;
          assertLess(relative(losses, cpu.losses), 1e-4);
          assertEquals(Object.keys(parameters), Object.keys(cpu.parameters));
          for (const [name, values] of Object.entries(parameters)) {
            assertLess(relative(values, cpu.parameters[name]!), 1e-3, name);
          }
          assertEquals(left, 0);
        },
      });
    }
  }
  if (backend === "tensorflow") {
    Deno.test({
      name: `a step with a gradient within a gradient is computed in parts on the native engine${why}`,
      ignore,
      fn() {
        assert((found as Trainings).critic.cut && (found as Trainings).classifier.cut);
      },
    });
  }
}
