import type { Dataset } from "../../data/mod.ts";
import { fold, type Images, pause, random, tf } from "../../tensor/mod.ts";
import { lowPass } from "./low_pass.ts";

/** The side of an atom, and how many there are. */
export const SIDE = 8, ATOMS = 32;
/** From how many images patches are taken, how many from each, how often the dictionary is improved, and by how many patches. */
const IMAGES = 1_000, EACH = 16, ROUNDS = 100, AT_ONCE = 1_000;
/** Steps of soft thresholding by which a round finds its codes. */
const STEPS = 20;

/** Values less λ in size, which are 0 where they were smaller. */
export function shrunk<T extends tf.Tensor>(values: T, by: number | tf.Tensor): T {
  return values.sub(by).relu().sub(values.neg().sub(by).relu()) as T;
}

/** Patches of 8 × 8 pixels of the images less their smooth part, one channel each, `[count, 64]`. */
export async function sharpPatches(data: Dataset, seed: number): Promise<tf.Tensor2D> {
  const next = random(fold(seed, "patches")), [h, w, c] = data.shape, count = Math.min(IMAGES, data.size);
  const sharp = tf.tidy(() => {
    const { images } = data.take(count).all();
    return images.sub(lowPass(images)) as Images;
  });
  const pixels = await sharp.data(), values = new Float32Array(count * EACH * SIDE * SIDE);
  sharp.dispose();
  let at = 0;
  for (let image = 0; image < count; image++) {
    for (let patch = 0; patch < EACH; patch++) {
      const y = Math.floor(next() * (h - SIDE + 1)), x = Math.floor(next() * (w - SIDE + 1));
      const channel = Math.floor(next() * c);
      for (let row = 0; row < SIDE; row++) {
        for (let column = 0; column < SIDE; column++) {
          values[at++] = pixels[((image * h + y + row) * w + x + column) * c + channel]!;
        }
      }
    }
  }
  return tf.tensor2d(values, [count * EACH, SIDE * SIDE]);
}

/** Rows of length 1. */
function unit(rows: tf.Tensor2D): tf.Tensor2D {
  return rows.div(rows.square().sum(1, true).add(1e-12).sqrt());
}

/** The largest eigenvalue of a symmetric matrix, by powers of it. */
function largestEigenvalue(matrix: tf.Tensor2D): tf.Scalar {
  let vector: tf.Tensor2D = tf.ones([matrix.shape[0], 1]);
  for (let i = 0; i < 20; i++) {
    const next = matrix.matMul<tf.Tensor2D>(vector);
    vector = next.div(next.norm());
  }
  return matrix.matMul(vector).norm() as tf.Scalar;
}

/** Codes a that make ½ |x − a D|² + λ |a|₁ small, by soft thresholding (Daubechies et al. 2004). */
export function sparseCodes(
  patches: tf.Tensor2D,
  atoms: tf.Tensor2D,
  lambda: number,
  steps = STEPS,
): tf.Tensor2D {
  return tf.tidy(() => {
    const steepest = largestEigenvalue(atoms.matMul(atoms, false, true) as tf.Tensor2D).mul(1.02);
    let codes: tf.Tensor2D = tf.zeros([patches.shape[0], atoms.shape[0]]);
    for (let step = 0; step < steps; step++) {
      const missing = patches.sub(codes.matMul(atoms)) as tf.Tensor2D;
      codes = shrunk(
        codes.add(missing.matMul(atoms, false, true).div(steepest)) as tf.Tensor2D,
        tf.div(lambda, steepest),
      );
    }
    return codes;
  });
}

/**
 * Learns atoms of 8 × 8 pixels whose sparse sums are patches (Olshausen and Field 1996): codes for the atoms, then each atom
 * towards what its patches lack, over again.
 *
 * @param patches `[count, 64]`.
 * @param lambda The weight of |a|₁.
 * @returns `[32, 64]`, an atom of length 1 in each row.
 */
export async function learnedAtoms(
  patches: tf.Tensor2D,
  lambda: number,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<tf.Tensor2D> {
  const next = random(fold(seed, "atoms")), count = patches.shape[0];
  const some = (size: number) =>
    patches.gather(tf.tensor1d(Int32Array.from({ length: size }, () => Math.floor(next() * count)), "int32"));
  // The liveliest of some patches, since an atom that begins with a plain one would never be used.
  let atoms = tf.tidy(() => {
    const begun = some(16 * ATOMS), { indices } = tf.topk(begun.square().sum(1), 4 * ATOMS);
    return unit(begun.gather(indices.gather(tf.range(0, 4 * ATOMS, 4, "int32"))) as tf.Tensor2D);
  });
  for (let round = 0; round < ROUNDS; round++) {
    await pause();
    signal?.throwIfAborted();
    const before = atoms;
    atoms = tf.tidy(() => {
      const shown = some(Math.min(AT_ONCE, count)), codes = sparseCodes(shown, before, lambda);
      const missing = shown.sub(codes.matMul(before)), use = codes.square().sum(0).expandDims(1).add(1e-3);
      return unit(before.add(codes.matMul(missing as tf.Tensor2D, true).div(use).mul(0.5)) as tf.Tensor2D);
    });
    before.dispose();
  }
  return atoms;
}
