import type { Dataset } from "../data/mod.ts";
import { checkSettings } from "../kinds/mod.ts";
import type { Network } from "../networks/mod.ts";
import { descend } from "./descent.ts";
import type { FitClassifierOptions, Fitted } from "./fit_options.ts";
import { checkTrainingData, classifierFitSettings } from "./fit_settings.ts";

/**
 * Trains a classifier by cross-entropy: on clean images, or adversarially (Madry et al. 2018), on images that an
 * adversary attacks under the parameters as they are before each step.
 *
 * The attack's step is compiled once, with the parameters as inputs. What is random comes from the seed and the step's
 * number, so that a run that was stopped goes on as if it had not been.
 *
 * Departure: Madry et al.'s code moves the running statistics in the passes of the attack as well; here only the step
 * itself does.
 *
 * @param network What is trained.
 * @param data The training images.
 * @returns Parameters with running statistics, and the history of loss and accuracy on the batches trained on.
 * @throws {RangeError} Where no output stands for a label, or an option or the adversary makes no sense.
 * @throws {DivergedError} When the loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { network } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 * import { fitClassifier } from "@gcln/kit/training";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 3 });
 * const data = await streetDigits("train", { size: 32 }), run = { images: 64, batch: 16, seed: 1 };
 * const { history } = await fitClassifier(vgg, data, run);
 * assertEquals(history.at(-1)!.step, 4);
 *
 * const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 2 } as const;
 * const robust = await fitClassifier(vgg, data, { ...run, adversary: { attack } });
 * assertEquals(Object.keys(robust.history.at(-1)!), ["step", "seconds", "loss", "robust"]);
 * ```
 */
export async function fitClassifier(
  network: Network,
  data: Dataset,
  options: FitClassifierOptions,
): Promise<Fitted> {
  checkSettings("fitClassifier", classifierFitSettings, options, ["images", "seed"]);
  checkTrainingData(network, data);
  return await descend(network, data, options);
}
