import { knownDataset } from "../data/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { imageForm } from "./image_form.ts";
import type { Profile } from "./profile.ts";

/** The target classifier C of a profile: a ResNet-18. */
export function classifierSpec(profile: Profile, data: string, seed: number): ClassifierSpec {
  const { examples, mirrors: flip } = knownDataset(data).facts;
  return {
    kind: "classifier",
    network: { architecture: "resnet18", ...profile.network, ...imageForm(data) },
    data,
    training: {
      examples: examples.train,
      images: profile.images,
      batch: Math.min(128, examples.train),
      rate: 0.1,
      augment: { flip, shift: 2 },
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
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
