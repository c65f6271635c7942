import { type BackendName, compile, fold, random, tf, useBackend } from "../../../lib/tensor/mod.ts";
import { given, made, type Program } from "./program.ts";

const SPECIAL = [NaN, Infinity, -Infinity, 0, 1, -1, 0.5, 2, -0.5, 1e-40, 1e-20];

/** Numbers beyond this may overflow in one order of sums and not in another. */
const FINITE = 1e37;

/** An input with special numbers in some of its places. */
function spoiled(x: tf.Tensor, seed: number, share: number): tf.Tensor {
  if (x.dtype !== "float32") return x;
  const next = random(seed);
  const values = Float32Array.from(
    x.dataSync(),
    (value) => next() < share ? SPECIAL[Math.floor(next() * SPECIAL.length)]! : value,
  );
  return tf.tensor(values, x.shape);
}

/**
 * Where a program with NaN and infinities among its inputs has a number on an engine in one way, compiled or not, and none
 * in the other. Whether numbers are equal is not asked: rounding may take them to another side of a kink.
 */
export async function hidden(program: Program, engine: BackendName): Promise<string | undefined> {
  await useBackend(engine);
  const { f, constants } = made(program), examples = given(program.inputs, program.n);
  const compiled = compile(f, examples), isNumber = (value: number) => Math.abs(value) < FINITE;
  try {
    for (const share of [0.03, 0.5]) {
      const inputs = examples.map((x, i) => spoiled(x, fold(program.seed, `special ${i}`), share));
      const expected = tf.tidy(() => f(...inputs).map((x) => x.clone())), actual = compiled(...inputs);
      for (const [i, tensor] of expected.entries()) {
        const plain = tensor.dataSync(), other = actual[i]!.dataSync();
        const at = plain.findIndex((value, k) => isNumber(value) !== isNumber(other[k]!));
        if (at >= 0) return `output ${i}, place ${at} is ${other[at]} compiled and ${plain[at]} not`;
      }
      tf.dispose([expected, actual, inputs.filter((x, i) => x !== examples[i])]);
    }
  } finally {
    compiled.dispose();
    tf.dispose([constants, examples]);
  }
}
