import { linf } from "../attacks/mod.ts";
import { knownDataset } from "../data/mod.ts";
import { checkSetting, valueText } from "../kinds/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { imageForm } from "./image_form.ts";
import { type Profile, profileFor } from "./profile.ts";

/**
 * The target classifier C of a profile: a ResNet-18.
 *
 * @param profile How large it is, and how long it trains.
 * @param data The name of a data set that is known.
 * @param seed Fixes all that is random in its training.
 * @throws {TypeError} Where the profile is none.
 * @throws {RangeError} Where there is no such data set, or the seed is no whole number.
 */
export function classifierSpec(profile: Profile, data: string, seed: number): ClassifierSpec {
  if (typeof profile?.network !== "object") {
    const hint = typeof profile === "string" ? `, as profiles.${profile}` : "";
    throw new TypeError(`Cannot make networks for ${valueText(profile)}: a profile is wanted${hint}`);
  }
  checkSetting("seed", { wanted: "a whole number", accepts: Number.isSafeInteger }, seed);
  const { examples, mirrors: flip } = knownDataset(data).facts,
    { network, images, augment = { shift: 2 } } = profileFor(profile, data);
  return {
    kind: "classifier",
    network: { architecture: "resnet18", ...network, ...imageForm(data) },
    data,
    training: {
      examples: examples.train,
      images,
      batch: Math.min(128, examples.train),
      rate: 0.1,
      augment: { flip, ...augment },
    },
    seed,
  };
}

/** A row with the classifier alone. */
export interface NoneRow {
  /** The defense's name. */
  readonly defense: "none";
}

/** No defense: the target classifier alone. */
export const none: Defense<NoneRow> = defineDefense<NoneRow, { readonly classifier: ClassifierSpec }>({
  name: "none",
  title: "No defense",
  source: "the paper, section 4.1",
  traits: [],
  breaks: [
    {
      by: "Madry et al. 2018",
      attack: "PGD, 7 steps of 2/255",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0.035,
      source: "Figure 4",
      differs: "a WRN-32-10",
    },
    {
      by: "Croce et al. 2021",
      attack: "AutoAttack",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0,
      source: 'RobustBench, "Standard"',
      differs: "a WRN-28-10",
    },
  ],
  keptBy: "networks",
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
