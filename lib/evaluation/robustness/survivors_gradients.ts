/** Whether the images that survive do so because no attack had a gradient to follow. */
import { type AttackLossName, attackOf, type AttackSpec } from "../../attacks/mod.ts";
import { type Classifier, tf } from "../../tensor/mod.ts";
import { gradientFaults } from "../_gradient_faults.ts";
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

/**
 * At how many of the images that survive no attack had a gradient of use, as shares of all images. An image that one
 * attack had a gradient for counts for nothing.
 *
 * @param loop The data set, and the rows that survive.
 * @param attacks What the attacks have differentiated.
 * @returns Undefined where no attack followed gradients.
 */
export async function survivorsGradients(
  { rows = [], ...loop }: BatchLoop,
  attacks: readonly Differentiated[],
): Promise<GradientShares | undefined> {
  if (attacks.length === 0) return undefined;
  let useless = new Map(rows.map((row) => [row, "zero" as keyof GradientShares]));
  const seen: Differentiated[] = [];
  for (const { surrogate, loss } of attacks) {
    if (seen.some((other) => other.surrogate === surrogate && other.loss === loss)) continue;
    seen.push({ surrogate, loss });
    const left = [...useless.keys()];
    const uncompiled: Classifier = (images) => surrogate(images); // a graph takes longer to make than this one look
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
  const share = (kind: keyof GradientShares) =>
    [...useless.values()].filter((fault) => fault === kind).length / loop.data.size;
  return { zero: share("zero"), notFinite: share("notFinite") };
}
