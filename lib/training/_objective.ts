import { crossEntropy, divergence, logitDistance, smoothedLabels, softCrossEntropy } from "../losses/mod.ts";
import type { Labels, Logits, tf } from "../tensor/mod.ts";
import type { Adversary } from "./adversary.ts";

/** The images that a step trains on, by the name of the fact with their accuracy. */
export type View = "accuracy" | "robust";

/** What a step trains on, and what it minimises. */
export interface Objective extends Pick<Adversary, "pairing" | "divergence"> {
  /** The weights of the losses by labels on the views of a step. */
  readonly weights: Readonly<Partial<Record<View, number>>>;
  /** How the views pass the network. */
  readonly mixing: NonNullable<Adversary["mixing"]>;
}

/** The objective before the adversary starts, and after. */
export function objectiveOf(adversary: Adversary | undefined, begun: boolean): Objective {
  if (adversary === undefined || !begun) return { weights: { accuracy: 1 }, mixing: "apart" };
  const { clean = 0, mixing = "apart", pairing, divergence } = adversary;
  if (divergence !== undefined) return { weights: { accuracy: 1, robust: 0 }, mixing, divergence };
  if (clean === 0) return { weights: { robust: 1 }, mixing };
  return { weights: { accuracy: clean, robust: 1 - clean }, mixing, ...(pairing ? { pairing } : {}) };
}

/** The loss of each image by its label. */
export type LabelLoss = (logits: Logits, labels: Labels) => tf.Tensor1D;

/** The cross-entropy by labels, smoothed or not. */
export function labelLoss(smoothing: number): LabelLoss {
  if (smoothing === 0) return crossEntropy;
  return (logits, labels) => softCrossEntropy(logits, smoothedLabels(labels, logits.shape[1], smoothing));
}

/** What the network says of a view, and what it should say. */
export interface SeenView {
  /** Its logits. */
  readonly logits: Logits;
  /** The labels of those images. */
  readonly labels: Labels;
  /** A teacher's probabilities, which then count instead. */
  readonly taught?: tf.Tensor2D | undefined;
}

/** What a step has seen of its views. */
export type SeenViews = Readonly<Partial<Record<View, SeenView>>>;

/** What a step minimises. */
export function lossOf(
  { weights, pairing, divergence: beta }: Objective,
  seen: SeenViews,
  byLabel: LabelLoss,
): tf.Scalar {
  const losses: tf.Tensor[] = [];
  for (const [view, weight] of Object.entries(weights) as [View, number][]) {
    if (weight === 0) continue;
    const { logits, labels, taught } = seen[view]!;
    const loss = (taught ? softCrossEntropy(logits, taught) : byLabel(logits, labels)).mean();
    losses.push(weight === 1 ? loss : loss.mul(weight));
  }
  const pair = () => [seen.accuracy!.logits, seen.robust!.logits] as const;
  if (pairing) losses.push(logitDistance(...pair(), pairing.moves).mul(pairing.weight));
  if (beta !== undefined) losses.push(divergence(...pair()).mean().mul(beta));
  return losses.reduce((sum, loss) => sum.add(loss)) as tf.Scalar;
}
