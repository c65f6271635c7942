import type { Dataset } from "../data/mod.ts";
import { checkSettings } from "../kinds/mod.ts";
import type { Network } from "../networks/mod.ts";
import { descend } from "./descent.ts";
import type { FitClassifierOptions, Fitted } from "./fit_options.ts";
import { checkTrainingData, classifierFitSettings } from "./fit_settings.ts";

/**
 * Trains a classifier by cross-entropy: on clean images, or adversarially (Madry et al. 2018), on images that an
 * adversary attacks under the current parameters before each step.
 *
 * The attack's step is compiled once, with the parameters as inputs. All random numbers come from the seed and the number of
 * the step, so a run that was stopped and resumed gives the same result as one without a stop.
 *
 * Departure: in Madry et al.'s code the passes of the attack update the running statistics as well; here only the training
 * step does.
 *
 * @param network The classifier to train.
 * @param data The training images.
 * @returns Parameters with running statistics, and the history of loss and accuracy on the batches trained on.
 * @throws {RangeError} If a label is not one of the classes, or an option or the adversary is not allowed.
 * @throws {DivergedError} If the loss becomes NaN or infinite.
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
