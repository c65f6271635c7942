/** Whether the images that survive do so because no attack had a gradient to follow. */
import { type AttackLossName, attackOf, type AttackSpec, gradientFaults } from "../../attacks/mod.ts";
import { type Classifier, tf, uncounted } from "../../tensor/mod.ts";
import { type BatchLoop, inBatches } from "../_in_batches.ts";
import type { GradientShares } from "../gradient_shares.ts";

/** What an attack differentiates: a loss of a surrogate. */
export interface Differentiated {
  readonly surrogate: Classifier;
  readonly loss: AttackLossName;
}

/** The loss that an attack follows the gradient of; undefined where it follows none. */
export function lossFollowed(spec: AttackSpec): AttackLossName | undefined {
  const { asks, settings } = attackOf(spec);
  if (asks !== "gradients") return undefined;
  if (!Object.hasOwn(settings, "loss")) return "margin"; // DeepFool and others go by differences of logits
  const { loss = settings["loss"]!.default ?? "crossEntropy" } = spec as { readonly loss?: unknown };
  return loss === "crossEntropy" ? loss : "margin"; // the ratio (DLR) is a scaled margin
}

/** Which images no attack had a gradient of use for, and why. */
export type UselessGradients = ReadonlyMap<number, keyof GradientShares>;

/**
 * At which of the images that survive no attack had a gradient of use. An image that one attack had a gradient for counts
 * for nothing.
 *
 * @param loop The data set, and the rows that survive.
 * @param attacks What the attacks have differentiated.
 * @returns By row; undefined where no attack followed gradients.
 */
export async function uselessGradients(
  { rows = [], ...loop }: BatchLoop,
  attacks: readonly Differentiated[],
): Promise<UselessGradients | undefined> {
  if (attacks.length === 0) return undefined;
  let useless = new Map(rows.map((row) => [row, "zero" as keyof GradientShares]));
  const seen: Differentiated[] = [];
  for (const { surrogate, loss } of attacks) {
    if (seen.some((other) => other.surrogate === surrogate && other.loss === loss)) continue;
    seen.push({ surrogate, loss });
    const left = [...useless.keys()];
    const plain = uncounted(surrogate), uncompiled: Classifier = (images) => plain(images); // a graph takes longer to make than this one look
    const powers = "filled up to a power of two"; // so that it takes no graph of another size
    const faults = await inBatches({ ...loop, rows: left, last: powers }, async (batch, count) => {
      const told = tf.tidy(() => gradientFaults(uncompiled, batch, loss));
      try {
        const values = await told.data(), all = told.shape[1];
        return Array.from(
          { length: count },
          (_, i) =>
            values[i]! > 0 ? "zero" as const : values[all + i]! > 0 ? "notFinite" as const : undefined,
        );
      } finally {
        told.dispose();
      }
    });
    useless = new Map(
      faults.flat().flatMap((fault, i) => fault === undefined ? [] : [[left[i]!, fault] as const]),
    );
  }
  return useless;
}

/** The same as shares of all n images; of those alone that stand, where `correct` tells which do. */
export function sharesOf(useless: UselessGradients, n: number, correct?: readonly boolean[]): GradientShares {
  const share = (kind: keyof GradientShares) =>
    [...useless].filter(([row, fault]) => fault === kind && correct?.[row] !== false).length / n;
  return { zero: share("zero"), notFinite: share("notFinite") };
}

/** The same where it speaks against a number: some image stands for want of a gradient. Else nothing. */
export function doubtful(
  useless: UselessGradients | undefined,
  correct: readonly boolean[],
): { readonly gradients?: GradientShares } {
  if (useless === undefined) return {};
  const gradients = sharesOf(useless, correct.length, correct);
  return gradients.zero + gradients.notFinite > 0 ? { gradients } : {};
}

/** The rows that stand at some point of a curve. */
export function standingIn(points: readonly { readonly correct: readonly boolean[] }[]): number[] {
  const [first] = points;
  return (first?.correct ?? []).flatMap((_, row) => points.some(({ correct }) => correct[row]) ? [row] : []);
}
