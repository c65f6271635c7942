/** Plain, double precision counterparts of what the kernels compute, to compare with. */

/** The largest difference of two lists of numbers, relative to the larger of 1 and the largest of the expected. */
export function farthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let far = 0, scale = 1;
  for (let i = 0; i < expected.length; i++) {
    far = Math.max(far, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return Number.isNaN(far) ? Infinity : far / scale;
}

/** Central differences of a scalar function, one by one. */
export function differences(f: (x: Float64Array) => number, x: ArrayLike<number>, step = 1e-4): Float64Array {
  const at = Float64Array.from(x);
  return at.map((value, i) => {
    at[i] = value + step;
    const above = f(at);
    at[i] = value - step;
    const below = f(at);
    at[i] = value;
    return (above - below) / (2 * step);
  });
}
