import { type Images, type Logits, tf, uniform } from "../tensor/mod.ts";

/** Below this, float32 loses digits and a logarithm its gradient. */
const LEAST = 2 ** -126;

/** Logits whose softmax gives probabilities back. */
export function logarithm(probabilities: Logits): Logits {
  return tf.maximum<Logits>(probabilities, LEAST).log();
}

/** What a model gave for so many images, if they are logits. */
export function asLogits(output: tf.Tensor, n: number): Logits {
  const { shape, rank } = output;
  if (rank === 2 && shape[0] === n && shape[1]! >= 2) return output as Logits;
  if (rank === 2 && shape[0] === n) {
    throw new RangeError(
      "Cannot make a classifier of a model with one output: two classes need two outputs. One sigmoid's value z stands " +
        "for the logits [0, z]",
    );
  }
  throw new RangeError(
    `Cannot take logits of shape [${shape}] for ${n} images: [${n}, classes] with 2 classes or more is wanted`,
  );
}

/** Runs the model once on noise, where its sizes are known or 64 pixels will do, and looks at what comes out. */
export function checkModelOutput(
  raw: (images: Images) => Logits,
  [n = 2, h, w, c]: readonly (number | undefined)[],
  announced: "logits" | "probabilities",
): void {
  if (c === undefined || !Number.isInteger(w ?? 64)) return;
  const logits = ifItRuns(
    () => raw(uniform([n, h ?? 64, w ?? 64, c], 0, 1, 1)),
    h === undefined || w === undefined,
  );
  if (logits === undefined) return;
  const values = readAtOnce(logits), classes = logits.shape[1];
  logits.dispose();
  if (values === undefined) return;
  const rows = Array.from({ length: n }, (_, i) => values.subarray(i * classes, (i + 1) * classes));
  const are = rows.every(isDistribution);
  if (are && announced === "logits") {
    throw new RangeError(
      'Cannot take probabilities for logits: what the model gives is at least 0 and sums to 1. Say output: "probabilities", ' +
        "or name the node before the softmax, which is better",
    );
  }
  if (!are && announced === "probabilities") {
    throw new RangeError(
      `Cannot take ${[...rows[0]!.subarray(0, 4)].map((value) => value.toPrecision(3)).join(", ")}${
        classes > 4 ? ", ..." : ""
      } for probabilities: numbers from 0 to 1 that sum to 1 are wanted. Of separate sigmoids give what stands before them`,
    );
  }
}

/** What a model gives; a model of any size may want larger images, and then it is looked at no further. */
function ifItRuns(run: () => Logits, isGuess: boolean): Logits | undefined {
  try {
    return tf.tidy(run);
  } catch (error) {
    if (isGuess) return undefined;
    throw error;
  }
}

function isDistribution(row: Float32Array): boolean {
  const sum = row.reduce((sum, value) => sum + value, 0);
  return Math.abs(sum - 1) < 1e-3 && row.every((value) => value >= 0 && value <= 1 + 1e-3);
}

/** The numbers of a tensor, where the engine can wait for them. */
function readAtOnce(tensor: tf.Tensor2D): Float32Array | undefined {
  try {
    return tensor.dataSync<"float32">();
  } catch {
    return undefined;
  }
}
