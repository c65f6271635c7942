import { compile, type Precision } from "./compile.ts";
import { normal } from "./seed.ts";
import { tf } from "./tf.ts";

const measured = new Map<string, Promise<Precision>>();

/**
 * The precision in which convolutions are faster on this machine. It is measured once for each backend, in a fraction of a
 * second: not every processor that has bfloat16 is faster with it.
 *
 * @returns `"bfloat16"` where convolutions are at least a tenth faster in it, else `"float32"`. Backends other
 * than the native one have float32 alone.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { fastestPrecision, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const precision = await fastestPrecision();
 * assert(precision === "float32" || precision === "bfloat16");
 * ```
 */
export function fastestPrecision(): Promise<Precision> {
  const backend = tf.getBackend();
  if (backend !== "tensorflow") return Promise.resolve("float32");
  const known = measured.get(backend) ?? measure();
  measured.set(backend, known);
  return known;
}

const TIMES = 9;

async function measure(): Promise<Precision> {
  const x = normal<tf.Rank.R4>([32, 16, 16, 32], 0, 1, 1),
    kernel = normal<tf.Rank.R4>([3, 3, 32, 32], 0, 0.1, 2);
  const layers = (x: tf.Tensor) =>
    Array.from({ length: 8 }).reduce<tf.Tensor4D>(
      (x) => tf.conv2d(x, kernel, 1, "same").relu(),
      x as tf.Tensor4D,
    );
  const sides = (["float32", "bfloat16"] as const).map((precision) => ({
    run: compile((x) => [layers(x!)], [x], { precision }),
    seconds: [] as number[],
  }));
  for (let time = -2; time < TIMES; time++) { // two to warm up
    for (const { run, seconds } of sides) {
      const started = performance.now(), [made] = run(x);
      await made!.data();
      if (time >= 0) seconds.push(performance.now() - started);
      made!.dispose();
    }
  }
  const [exact, fast] = sides.map(({ seconds }) => seconds.sort((a, b) => a - b)[TIMES >> 1]!);
  for (const { run } of sides) run.dispose();
  tf.dispose([x, kernel]);
  return exact! / fast! > 1.1 ? "bfloat16" : "float32";
}
