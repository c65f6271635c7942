import { bpda } from "../../attacks/mod.ts";
import { checkSetting, count } from "../../kinds/mod.ts";
import { checkImages, type Images, leavingResult, tf } from "../../tensor/mod.ts";

/** How many levels a code may have. */
export const levelsSetting = count({ least: 2, most: 256 });

/** How far each value is above each level's start, in levels: x · levels − k, `[n, h, w, c, levels]`. */
function heights(images: Images, levels: number): tf.Tensor {
  return images.mul(levels).expandDims(4).sub(tf.range(0, levels));
}

/** A code for each value, side by side: `[n, h, w, c levels]`. */
function flat(codes: tf.Tensor): Images {
  const [n, h, w, c, levels] = codes.shape as [number, number, number, number, number];
  return codes.reshape([n, h, w, c * levels]);
}

/**
 * Thermometer codes (Buckman et al. 2018, §3): a value x in [0, 1] becomes one number a level, 1 up to the level that x is
 * in and 0 above. At 16 levels 0.13 is 1, 1, 1, 0, … 0. The levels of a channel stand side by side.
 *
 * @param images `[n, h, w, c]` in [0, 1].
 * @param levels How many there are, equally wide; 1 belongs to the highest.
 * @param backward The gradient: "exact" is zero, since a code jumps. "ramp" is that of clip(x · levels − k, 0, 1), which
 *   rises from 0 to 1 within level k (Athalye et al. 2018, BPDA).
 * @returns `[n, h, w, c levels]`, 0 or 1.
 * @throws {RangeError} Where there are fewer than 2 levels.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { thermometerCodes } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const image = tf.tensor4d([0.1, 0.6], [1, 1, 2, 1]);
 * assertEquals([...await thermometerCodes(image, 4).data()], [1, 0, 0, 0, 1, 1, 1, 0]);
 * ```
 */
export function thermometerCodes(
  images: Images,
  levels: number,
  backward: "exact" | "ramp" = "exact",
): Images {
  checkImages("encode", images);
  checkSetting("levels", levelsSetting, levels);
  const codes = (x: Images): Images =>
    tf.tidy(() => flat(heights(x.clipByValue(0, 1) as Images, levels).greaterEqual(0).cast("float32")));
  // The highest level begins below 1, so that 1 is in it; every value is in the lowest.
  const ramp = (x: Images): Images => flat(heights(x, levels).clipByValue(0, 1));
  return leavingResult(() =>
    bpda(codes, { backward: backward === "ramp" ? ramp : constant(levels) })(images)
  );
}

/** Of the shape of codes, and without a slope. */
function constant(levels: number): (x: Images) => Images {
  return (x) => flat(x.expandDims(4).mul(tf.zeros([levels])));
}

/**
 * Mixtures of thermometer codes: Σ_j p_j τ(j), where τ(j) is the code of level j.
 *
 * @param shares How much of each level, `[n, h, w, c, levels]`; they sum to 1.
 * @returns `[n, h, w, c levels]`.
 */
export function mixedCodes(shares: tf.Tensor): Images {
  const levels = shares.shape.at(-1)!;
  return tf.tidy(() => {
    const codes = tf.range(0, levels).expandDims(1).greaterEqual(tf.range(0, levels)).cast("float32"); // τ(j) in row j
    return flat(shares.reshape([-1, levels]).matMul(codes as tf.Tensor2D).reshape(shares.shape));
  });
}

/** Which levels lie within ε of each value, 1 or 0: `[n, h, w, c, levels]`. */
export function levelsWithin(images: Images, epsilon: number, levels: number): tf.Tensor {
  return tf.tidy(() => {
    const level = (x: tf.Tensor) => x.clipByValue(0, 1).mul(levels).floor().minimum(levels - 1).expandDims(4);
    const all = tf.range(0, levels);
    const above = all.greaterEqual(level(images.sub(epsilon))),
      below = all.lessEqual(level(images.add(epsilon)));
    return above.logicalAnd(below).cast("float32");
  });
}
