import { type Parameters, tf } from "../../lib/tensor/mod.ts";
import { median } from "./alternate.ts";

/** How far two sides may be apart. */
export const AGREE = 1e-3;

/**
 * How far the results of two sides are apart: the largest difference of two numbers.
 *
 * @param agree Of all results, or (`most`) of all but the half that differs most.
 * @throws {Error} Where a side has not given what the other has.
 */
export async function apart(ours: Parameters, theirs: Parameters, agree: "all" | "most"): Promise<number> {
  const lacking = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((name) => {
    const [a, b] = [ours[name]?.shape, theirs[name]?.shape];
    return a === undefined || `${a}` !== `${b}`;
  });
  if (lacking.length > 0) throw new Error(`The two sides do not give the same: ${lacking.join(", ")}`);
  const far = await Promise.all(
    Object.entries(ours).map(async ([name, tensor]) => {
      const most = tf.tidy(() => tensor.sub(theirs[name]!).abs().max());
      const [value] = await most.data();
      most.dispose();
      return value!;
    }),
  );
  return agree === "all" ? far.reduce((a, b) => Number.isNaN(b) || b > a ? b : a, 0) : median(far);
}
