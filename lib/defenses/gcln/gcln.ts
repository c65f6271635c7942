import { bpda } from "../../attacks/mod.ts";
import { generator } from "../../networks/mod.ts";
import type { Classifier, Cleaner } from "../../tensor/mod.ts";
import { backwardThrough, type ClassifierSpec } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { defend } from "../defend.ts";
import { type Circumstances, profileFor } from "../profile.ts";
import { type LateSurrogate, standBehind } from "../stand.ts";
import { classifierSpec } from "../none.ts";
import "./network.ts"; // so that its kind is known
import { GCLN_REQUIRED, type GclnRow, gclnSettings, type GclnSpec, gclnSpec } from "./spec.ts";

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
        "learned": imitated(classifier, cleaner, cleaner.id, circumstances),
      },
    };
  },
});

/** The classifier behind the cleaner, whose gradient is that of a network fitted to imitate it. */
function imitated(
  classifier: Classifier,
  cleaner: Cleaner,
  name: string,
  { profile, dataset, seed }: Circumstances,
): LateSurrogate {
  const { images, width } = profileFor(profile, dataset).gcln;
  const settings = { images: Math.max(64, Math.round(images / 4)), batch: 64, width, seed };
  return {
    settings,
    async make({ data, progress, signal }) {
      const { width, ...options } = settings, shown = await data(), [, , channels] = shown.shape;
      const imitation = await backwardThrough(cleaner, shown, {
        ...options,
        network: generator({ architecture: "generator", width, channels: channels as 1 | 3 }),
        ...(progress ? { progress: progress(`imitating ${name}`) } : {}),
        ...(signal ? { signal } : {}),
      });
      const surrogate = defend(classifier, bpda(cleaner, { backward: imitation }));
      return Object.assign(surrogate, { dispose: () => imitation.dispose() });
    },
  };
}
