/** Whether a classifier says the same when it is asked again, and whoever is asked about with an image. */
import { isReadAs, logitsOf } from "../../../judge/mod.ts";
import type { Batch, Classifier, Images, Logits } from "../../../tensor/mod.ts";
import { inPercent } from "../../checks/words.ts";
import type { Flag } from "./flag.ts";
import { apart, numbersOf } from "./numbers.ts";

/** By how much answers to the same images may differ, once the logits are scaled to length 1. */
const SAME = 1e-4;

/** A flag where several answers to the same images differ. */
export async function randomisedFlag(answers: readonly Logits[], { labels }: Batch): Promise<Flag[]> {
  const right = await numbersOf(() => answers.map((logits) => isReadAs(logits, labels).sum()));
  const differences = await numbersOf(() =>
    answers.flatMap((a, i) => answers.slice(i + 1).map((b) => apart(a, b)))
  );
  const difference = Math.max(...differences), least = Math.min(...right), most = Math.max(...right);
  if (least === most && difference <= SAME) return [];
  return [{
    flag: "randomised",
    severity: "serious",
    message: `Asked the same ${answers.length} times, the classifier gets ${
      least === most ? least : `${least} to ${most}`
    } of ${labels.size} images right, and its logits differ by up to ${
      inPercent(difference)
    } of their length.`,
    remedy:
      "Attack the expectation over its draws (EOT), with draws enough that more change nothing; score with other " +
      "draws than those that were attacked, several of them.",
  }];
}

/** A flag where half of the images alone get other logits than all of them together. */
export async function othersFlag(victim: Classifier, images: Images, together: Logits): Promise<Flag[]> {
  const count = images.shape[0];
  if (count < 2) return [];
  const [difference] = await numbersOf(() => {
    const part = Math.ceil(count / 2);
    const alone = logitsOf(victim, images.slice([0, 0, 0, 0], [part, -1, -1, -1]));
    return [apart(alone, together.slice([0, 0], [part, -1]))];
  });
  if (difference! <= SAME) return [];
  return [{
    flag: "other images matter",
    severity: "serious",
    message:
      `Half of the batch alone gets other logits, by up to ${inPercent(difference!)} of their length: an ` +
      "image's answer depends on the images beside it.",
    remedy:
      "Take batch norms' stored averages, not the batch's own; else attack and score images one by one.",
  }];
}
