import { type Parameters, tf } from "../../lib/tensor/mod.ts";
import { median } from "./alternate.ts";

/** The largest allowed difference of two sides. */
export const AGREE = 1e-3;

/**
 * The largest difference between the results of two sides.
 *
 * @param agree `all`: of all results; `most`: without the half that differs most.
 * @throws {Error} If one side has a result that the other does not have.
 */
export async function apart(ours: Parameters, theirs: Parameters, agree: "all" | "most"): Promise<number> {
  const lacking = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((name) => {
    const [a, b] = [ours[name]?.shape, theirs[name]?.shape];
    return a === undefined || `${a}` !== `${b}`;
  });
  if (lacking.length > 0) {
    throw new Error(`Cannot compare the two sides: one does not give ${lacking.join(", ")}`);
  }
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
