import { bpda } from "../../attacks/mod.ts";
import { type GeneratorSpec, network } from "../../networks/mod.ts";
import type { Classifier } from "../../tensor/mod.ts";
import { backwardThrough, type ClassifierSpec } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { defend } from "../defend.ts";
import { type Circumstances, profileFor } from "../profile.ts";
import { type LateSurrogate, standBehind } from "../stand.ts";
import { classifierSpec } from "../none.ts";
import "./network.ts"; // so that its kind is known
import {
  GCLN_REQUIRED,
  type GclnRow,
  gclnSettings,
  type GclnSpec,
  gclnSpec,
  type TrainedGcln,
} from "./spec.ts";

/** A row with the classifier behind the generative cleaning network. */
export interface GclnDefenseRow extends GclnRow {
  /** The defense's name. */
  readonly defense: "gcln";
}

/** The paper's method: the classifier behind the quantized transform and the generator. */
export const gcln: Defense<GclnDefenseRow> = defineDefense<
  GclnDefenseRow,
  { readonly classifier: ClassifierSpec; readonly cleaner: GclnSpec }
>({
  name: "gcln",
  title: "GCLN",
  source: "the paper, section 3",
  traits: ["non-differentiable"],
  acts: ["on images"],
  keptBy: "networks",
  settings: gclnSettings,
  required: GCLN_REQUIRED,
  needs: (row, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    cleaner: gclnSpec(profile, dataset, row, seed),
  }),
  stand({ classifier, cleaner }, _, circumstances) {
    const straight = cleaner.with({ backward: "straight-through" });
    const stand = standBehind(classifier, cleaner, straight);
    const clipToo = cleaner.with({ backward: "straight-through", clip: "straight-through" });
    return {
      ...stand,
      surrogates: {
        ...stand.surrogates,
        "clip too": defend(classifier, clipToo),
        "learned": imitated(classifier, cleaner, circumstances),
      },
    };
  },
});

/** The shape of a network that imitates a cleaner: its generator's, without batch norms, which imitation does not follow. */
function imitatorOf(generator: GeneratorSpec): GeneratorSpec {
  return generator.architecture === "unet" ? { ...generator, norm: "none" } : generator;
}

/** The classifier behind the cleaner, whose gradient is that of a network fitted to imitate it. */
function imitated(
  classifier: Classifier,
  cleaner: TrainedGcln,
  { profile, dataset, seed }: Circumstances,
): LateSurrogate {
  const { images } = profileFor(profile, dataset).gcln, spec = imitatorOf(cleaner.spec.generator);
  const options = { images: Math.max(64, Math.round(images / 4)), batch: 64, seed };
  return {
    settings: {
      ...options,
      width: spec.width,
      ...(spec.architecture === "unet" ? { network: `unet of ${spec.levels} × ${spec.blocks}` } : {}),
    },
    async make({ data, progress, signal }) {
      const imitation = await backwardThrough(cleaner, await data(), {
        ...options,
        network: network(spec),
        ...(progress ? { progress: progress(`imitating ${cleaner.id}`) } : {}),
        ...(signal ? { signal } : {}),
      });
      const surrogate = defend(classifier, bpda(cleaner, { backward: imitation }));
      return Object.assign(surrogate, { dispose: () => imitation.dispose() });
    },
  };
}
