/** Whether an attacker by gradients can move the images. */
import { type AttackLoss, gradientFaults, lossGradient } from "../../../attacks/mod.ts";
import { isReadAs } from "../../../judge/mod.ts";
import { type Batch, type Classifier, type Logits, withGradients } from "../../../tensor/mod.ts";
import { GOES_ON, severityOf } from "../../checks/fault_checks.ts";
import { inPercent } from "../../checks/words.ts";
import type { Flag } from "./flag.ts";
import { isFinite, numbersOf } from "./numbers.ts";

/** A flag where the gradient is exactly zero at images that are read right. */
export async function zeroGradientsFlag(
  surrogate: Classifier,
  { images, labels }: Batch,
  logits: Logits,
): Promise<Flag[]> {
  const ranked = logits.shape[1] > 2, loss: AttackLoss = ranked ? "dlr" : "margin";
  const [zeros, attacked] = await numbersOf(() => {
    const right = isReadAs(logits, labels); // where the label comes third the ratio is 1, whatever the image
    const gradient = ownGradient(() => lossGradient(surrogate, images, { labels, loss }));
    return [gradient.equal(0).all([1, 2, 3]).logicalAnd(right).sum(), right.sum()];
  });
  if (zeros === 0) return [];
  const share = zeros! / attacked!;
  return [{
    flag: "zero gradients",
    severity: severityOf(share),
    message:
      `The attacker's gradient is exactly zero on ${
        inPercent(share)
      } of the images that are classified right; ` +
      `it is that of ${
        ranked ? "the difference-of-logits ratio" : "the margin"
      }, so not because of a large scale.`,
    remedy:
      "Put a gradient in the place of the one that vanishes: pass rounding straight through (BPDA). Add an attack " +
      "by queries alone (Square).",
  }];
}

/** A flag where the gradient of the cross-entropy holds NaN or infinity. */
export async function notFiniteGradientsFlag(surrogate: Classifier, batch: Batch): Promise<Flag[]> {
  const notFinite = () => gradientFaults(surrogate, batch).slice([1, 0], [1, -1]).sum();
  const [count] = await numbersOf(() => [ownGradient(notFinite)]);
  if (count === 0) return [];
  const share = count! / batch.images.shape[0], [left] = await numbersOf(() => [notFinite()]);
  return [{
    flag: "gradients not finite",
    severity: severityOf(share),
    message:
      `The attacker's gradient (of the cross-entropy) holds NaN or infinity on ${
        inPercent(share)
      } of the images. ` +
      (left === 0 ? BY_LOGARITHMS : GOES_ON),
    remedy:
      "Look for a root or a logarithm at 0, or a division by 0, and give it a small number to hold on to (x + 1e-9). Add an " +
      "attack by queries alone (Square).",
  }];
}

const BY_LOGARITHMS =
  "The attacks of this kit compute the logarithms of probabilities as such there, so theirs is finite. Attacks of other kits " +
  "may miss the way.";

/** A gradient as the classifier has it: what is too small for float32 is lost. */
function ownGradient<T>(take: () => T): T {
  return withGradients({}, take);
}

/** A flag where logits are NaN or infinite. */
export async function logitsNotFiniteFlag(logits: Logits): Promise<Flag[]> {
  const [torn, infinite] = await numbersOf(() => {
    const torn = logits.isNaN().any(1);
    return [torn.sum(), isFinite(logits).all(1).logicalNot().logicalAnd(torn.logicalNot()).sum()];
  }) as [number, number];
  if (torn + infinite === 0) return [];
  const of = (count: number) => inPercent(count / logits.shape[0]), seen: string[] = [];
  if (torn > 0) seen.push(`NaN on ${of(torn)} of the images, which are never read right`);
  if (infinite > 0) seen.push(`infinite on ${of(infinite)} of the images`);
  return [{
    flag: "logits not finite",
    severity: torn > 0 ? "serious" : "warning",
    message: `Some logits are ${seen.join(", and ")}.`,
    remedy:
      "Return logits that are finite: leave out a logarithm of 0, and mask a class by a large negative number (-1e9). Losses " +
      "and gradients of infinite logits may be NaN.",
  }];
}
