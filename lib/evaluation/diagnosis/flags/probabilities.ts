/** Whether a classifier returns probabilities, or their logarithms, where attacks want logits. */
import { logitsOf } from "../../../judge/mod.ts";
import { type Classifier, type Images, type Logits, tf } from "../../../tensor/mod.ts";
import type { Flag } from "./flag.ts";
import { isFinite, numbersOf } from "./numbers.ts";

/** By how much probabilities in float32 may leave [0, 1], and their sum 1. */
const EXACT = 1e-5;
/** By how much of itself a sum of probabilities may be off, once they are clipped or rounded, to be called about 1. */
const ABOUT = 0.05;
/** By how much the logarithm of a sum of probabilities may be off: half precision rounds it by so much. */
const LOG_ABOUT = 4e-3;
/** How far images are stretched to see whether outputs are bounded: weights may be tiny. */
const STRETCHES = [1e3, 1e9];

/** The least and the most of some outputs, and of the sum and the logSumExp of each row. */
interface Extent {
  readonly least: number;
  readonly most: number;
  readonly sums: readonly [number, number];
  readonly logSums: readonly [number, number];
  /** Whether there is minus infinity among them. */
  readonly hasMinusInfinity: boolean;
}

async function extentOf(outputs: Logits): Promise<Extent> {
  const [least, most, low, high, logLow, logHigh, infinite] = await numbersOf(() => {
    const sums = outputs.sum(1), largest = outputs.max(1, true);
    const logSums = outputs.sub(largest).exp().sum(1).log().add(largest.squeeze([1]));
    const infinite = isFinite(outputs).logicalNot().any();
    return [outputs.min(), outputs.max(), sums.min(), sums.max(), logSums.min(), logSums.max(), infinite];
  }) as [number, number, number, number, number, number, number];
  return { least, most, sums: [low, high], logSums: [logLow, logHigh], hasMinusInfinity: infinite > 0 };
}

/** A flag where outputs are probabilities: softmax, clipped or rounded or in percent, sigmoids, or their logarithms. */
export async function probabilitiesFlag(
  victim: Classifier,
  images: Images,
  outputs: Logits,
): Promise<Flag[]> {
  const extent = await extentOf(outputs);
  if (Number.isNaN(extent.least + extent.most)) return []; // which is a flag of its own
  const { least, most, sums: [low, high] } = extent;
  if (isSumOfOne(extent, EXACT)) {
    return [flag(
      "The classifier returns probabilities, not logits: all lie in [0, 1], and each image's sum up to 1.",
      "softmax",
    )];
  }
  if (isLogOfOne(extent)) return [logFlag(extent, await isClipped(outputs))];
  if (await isScaled(victim, images, extent)) {
    return [flag(
      `The classifier returns probabilities times a number, not logits: none is below 0, and each image's sum up to ` +
        `${
          range(low, high)
        }, also where the images are stretched. So do sums of several networks' probabilities.`,
      "softmax",
    )];
  }
  if (least <= -EXACT || !(most < 100 * (1 + EXACT))) return [];
  const isPercent = most >= 1 + EXACT;
  if (isPercent && !(low > 100 * (1 - ABOUT) && high < 100 * (1 + ABOUT))) return [];
  // An untrained network may have small outputs by chance. Those of probabilities stay, whatever the image.
  if (!await isBounded(victim, images, isPercent ? 100 : 1)) return [];
  if (isPercent) {
    return [flag(
      "The classifier returns probabilities in percent, not logits: all lie in [0, 100], and each image's sum up to " +
        `${range(low, high)}.`,
      "softmax",
    )];
  }
  if (isSumOfOne(extent, ABOUT) || (high < 1 + ABOUT && low > 0.5)) {
    return [flag(
      "The classifier returns probabilities, not logits: all lie in [0, 1], and each image's sum up to about 1 " +
        `(${range(low, high)}): they are clipped or rounded.`,
      "softmax",
      " What was clipped or rounded has no gradient at all.",
    )];
  }
  return [flag(
    "The classifier returns a number in [0, 1] for each class, not logits, as sigmoids do: an image's sum up to " +
      `${range(low, high)}, and they stay in [0, 1] where the images are stretched.`,
    "sigmoids",
  )];
}

/** Whether all outputs are in [0, 1] and the rows sum up to 1. */
function isSumOfOne({ least, most, sums: [low, high] }: Extent, tolerance: number): boolean {
  return least > -EXACT && most < 1 + EXACT && low > 1 - tolerance && high < 1 + tolerance;
}

/** Whether the outputs are logarithms of numbers that sum up to 1. */
function isLogOfOne({ most, logSums: [low, high] }: Extent): boolean {
  return most <= LOG_ABOUT && low > -LOG_ABOUT && high < LOG_ABOUT;
}

/** By how much of itself a sum of scaled probabilities may be off, from image to image. */
const SAME_SUM = 1e-3;

/** Whether outputs are at least 0 and sum up to one number that is not about 1 or 100, whatever the image: a sum of ensembles. */
async function isScaled(victim: Classifier, images: Images, extent: Extent): Promise<boolean> {
  const { least, most, sums: [low, high] } = extent;
  const isEven = low > 0 && least >= -EXACT * high && high - low <= SAME_SUM * high;
  if (!isEven || [1, 100].some((sum) => Math.abs(high / sum - 1) <= ABOUT)) return false;
  if (most < 1 + EXACT && await isBounded(victim, images, 1)) return false; // in [0, 1] by itself, as 1 − p is
  return await isBounded(victim, images, high) && await isMoved(victim, images, SAME_SUM * high);
}

/** Whether outputs change where images are stretched: those that never change tell nothing. */
async function isMoved(victim: Classifier, images: Images, by: number): Promise<boolean> {
  try {
    const [change] = await numbersOf(() => {
      const far = images.mul<Images>(-STRETCHES[0]!); // on the other side of what is linear
      return [logitsOf(victim, far).sub(logitsOf(victim, images)).abs().max()];
    });
    return change! > by;
  } catch {
    return true; // it takes no such images
  }
}

/** Whether the least of all outputs is there more than once in a row of more than one image: a floor that they were clipped to. */
async function isClipped(outputs: Logits): Promise<boolean> {
  const [rows] = await numbersOf(() => {
    const atFloor = outputs.equal(outputs.min()).cast("float32").sum(1);
    return [atFloor.greaterEqual(2).sum()];
  });
  return rows! >= Math.min(2, outputs.shape[0]);
}

/** Whether outputs stay in [0, most] where images are stretched far beyond [0, 1]. */
async function isBounded(victim: Classifier, images: Images, most: number): Promise<boolean> {
  try {
    const [escaped] = await numbersOf(() => {
      const stretched = STRETCHES.flatMap((by) => [images.mul(by), tf.sub(1, images).mul(by)]);
      const out = stretched.map((x) => {
        const outputs = logitsOf(victim, x as Images);
        // NaN tells nothing.
        return outputs.less(-EXACT * most).logicalOr(outputs.greater(most * (1 + EXACT))).any();
      });
      return [tf.stack(out).any()];
    });
    return escaped === 0;
  } catch {
    return true; // it takes no such images, so there is nothing to tell it from probabilities by
  }
}

function flag(message: string, layer: "softmax" | "sigmoids", more = ""): Flag {
  const where = layer === "softmax" ? "where it is sure" : "where they are sure";
  const whose = layer === "softmax" ? "its" : "their";
  return {
    flag: "probabilities",
    severity: "serious",
    message,
    remedy:
      `Leave out the ${layer}: ${where} ${whose} gradient vanishes, and the losses of attacks apply their own.${more}`,
  };
}

/** Logarithms of probabilities are logits, but for a constant, as long as they are finite. */
function logFlag({ hasMinusInfinity }: Extent, isClipped: boolean): Flag {
  const seen =
    "The classifier returns logarithms of probabilities, not logits: none is above 0, and their exponentials " +
    "sum up to 1";
  if (isClipped && !hasMinusInfinity) {
    return {
      flag: "probabilities",
      severity: "serious",
      message: `${seen}. They are clipped from below: where it is sure the others have no gradient.`,
      remedy: "Leave out the clipping, the softmax and the logarithm, and attack the logits.",
    };
  }
  return hasMinusInfinity
    ? {
      flag: "probabilities",
      severity: "serious",
      message:
        `${seen}. Where it is sure the others are 0, and their logarithm is minus infinity: it has no gradient.`,
      remedy: "Leave out the softmax and the logarithm, and attack the logits.",
    }
    : {
      flag: "probabilities",
      severity: "note",
      message: `${seen}. They differ from logits by a constant, which no loss of an attack sees.`,
      remedy:
        "Leave out the logarithm of the softmax if you can. Clipped ones (at 1e-7, say) are worse: attack the logits.",
    };
}

/** `0.98 to 1.02`, or one number where both are. */
function range(low: number, high: number): string {
  const [a, b] = [low, high].map((value) => `${Number(value.toPrecision(4))}`);
  return a === b ? a! : `${a} to ${b}`;
}
