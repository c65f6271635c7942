import { fold, type Parameters, random, tf } from "../../tensor/mod.ts";

const BITS = 8, CELLS = 2 ** BITS;

/** Box and Muller's transform (1958) on a grid: 256 radii times 256 angles. */
const values: Float32Array = Float32Array.from({ length: CELLS * CELLS }, (_, cell) => {
  const radius = Math.sqrt(-2 * Math.log(((cell >>> BITS) + 0.5) / CELLS));
  return radius * Math.cos(2 * Math.PI * ((cell & (CELLS - 1)) + 0.5) / CELLS);
});

/**
 * Normal numbers with mean 0 and variance 1 for each named shape, each from a stream of its own.
 *
 * Two to each 32 random bits, looked up among 2¹⁶ values: 20 times faster than `normal`, since a network's weights are
 * many and each forward pass draws anew. The values' standard deviation is 0.9993, the largest is 3.53.
 */
export function unitNoise(shapes: Readonly<Record<string, readonly number[]>>, seed: number): Parameters {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const next = random(fold(seed, name)), drawn = new Float32Array(tf.util.sizeFromShape([...shape]));
      for (let i = 0; i < drawn.length; i += 2) {
        const bits = next() * 2 ** 32 >>> 0;
        drawn[i] = values[bits & 0xffff]!;
        if (i + 1 < drawn.length) drawn[i + 1] = values[bits >>> 16]!;
      }
      return [name, tf.tensor(drawn, [...shape])];
    }),
  );
}
