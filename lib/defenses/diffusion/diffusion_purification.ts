import { eot, linf } from "../../attacks/mod.ts";
import { count, size } from "../../kinds/mod.ts";
import { fold, type Images, straightThrough } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { RANDOM_DRAWS, standAveraged } from "../stand.ts";
import { type DiffusionSpec, diffusionSpec, LATEST } from "./diffusion_model.ts";

/** A row with a diffusion model in front of the classifier. */
export interface DiffusionRow {
  /** The defense's name. */
  readonly defense: "diffusion purification";
  /** t*: the share of all steps of noise that an image is given; default 0.1, as in Nie et al. for CIFAR-10 at ε = 8/255. */
  readonly time?: number;
  /** Steps that lead back; default 4. */
  readonly steps?: number;
}

/**
 * Diffusion purification, DiffPure (Nie et al. 2022): an image is given noise up to t* = 0.1, and a diffusion model that was trained
 * on clean images takes it away; the classifier reads what is left.
 *
 * How it was broken: its own evaluation (AutoAttack with the adjoint method, 70 % on CIFAR-10) had gradients that were not exact, and few draws. With
 * the full gradient through the sampler and many draws of the noise less is left (Lee & Kim 2023, Liu et al. 2024); and where the noise is known,
 * most of the robustness is gone: Liu & Wei (2025) find about 24 %. So it is the random numbers that protect, not the model.
 *
 * Surrogates: "white-box" and "adaptive" are the full gradient through noise and sampler, as the mean of 8 draws of the attacker's own (EOT);
 * "noise known" differentiates the very draws that are scored; "identity" passes the model over.
 *
 * Departure: DDIM's deterministic steps, four of them, where the original solves the reverse SDE in a hundred: the noise is added once and
 * nothing else is random. What is scored is the mean of 8 draws, and these are fixed by the seed, so that `strongest`, which may
 * differentiate its victim, knows them.
 */
export const diffusionPurification: Defense<DiffusionRow> = defineDefense<
  DiffusionRow,
  { readonly classifier: ClassifierSpec; readonly model: DiffusionSpec }
>({
  name: "diffusion purification",
  title: "Diffusion purification",
  source: "Nie et al. 2022",
  traits: ["randomised"],
  acts: ["on images"],
  breaks: [
    {
      by: "Liu & Wei 2025",
      attack: "PGD, the noise known",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0.24,
      source: "arXiv 2505.22839, abstract",
      differs: "a large score network; about 24 %",
    },
  ],
  settings: {
    time: size({ above: 0, most: LATEST, default: 0.1 }),
    steps: count({ least: 1, default: 4 }),
  },
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    model: diffusionSpec(profile, dataset, seed),
  }),
  stand({ classifier, model }, { time = 0.1, steps = 4 }, { seed }) {
    const purify = (images: Images, draw: number) => model.purify(images, draw, { time, steps });
    const stand = standAveraged((images, draw) => classifier(purify(images, draw)), seed);
    const passedOver = eot(
      (images, draw) => classifier(straightThrough<Images>((x) => purify(x, draw))(images)),
      { draws: RANDOM_DRAWS, seed: fold(seed, "noise", "attack") },
    );
    return {
      ...stand,
      surrogates: {
        ...stand.surrogates,
        "noise known": stand.victim,
        "identity": passedOver,
        "oblivious": classifier,
      },
      cleaner: (images) => purify(images, fold(seed, "noise", "shown")),
    };
  },
});
