import { linf } from "../../attacks/mod.ts";
import { type Network, network } from "../../networks/mod.ts";
import { fold } from "../../tensor/mod.ts";
import {
  type Adversary,
  builtClassifier,
  type ClassifierFunction,
  type ClassifierSpec,
  defineNetworkKind,
  fitClassifier,
  type FitClassifierOptions,
  type NetworkKind,
  type TrainedSpec,
  trainingOf,
} from "../../training/mod.ts";
import { hardenedSpec } from "../hardened.ts";
import { imageForm } from "../image_form.ts";
import type { Circumstances } from "../profile.ts";

/** The second network of cascade adversarial training, as data: enough to train it again. */
export interface CascadeSpec extends TrainedSpec<ClassifierFunction>, Omit<ClassifierSpec, "kind" | "~made"> {
  /** Tells the kinds of specs apart. */
  readonly kind: "cascade";
  /** The network that is defended already. */
  readonly first: ClassifierSpec;
  /** How images are attacked on it. */
  readonly source: NonNullable<FitClassifierOptions["sources"]>[number]["adversary"];
}

/** The networks that it needs. */
type CascadeNeeds = Readonly<Record<string, ClassifierSpec>> & { readonly first: ClassifierSpec };

/** Classifiers that are also trained on images attacked on a network that is defended already. */
export const cascadeKind: NetworkKind<CascadeSpec, CascadeNeeds> = defineNetworkKind<
  CascadeSpec,
  CascadeNeeds
>({
  name: "cascade",
  required: ["network", "data", "training", "first", "source"],
  word: ({ network }) => `${network.architecture}-cascade`,
  dataset: ({ data }) => data,
  needs: ({ first, start }) => ({ first, ...(start ? { start } : {}) }),
  trees: ["parameters"],
  async train(spec, { networks, data: all, seed, checkpoints, progress, signal }) {
    const { data, options } = trainingOf(spec.training, all), { first, start } = networks;
    const { parameters, history } = await fitClassifier(network(spec.network) as Network, data, {
      ...options,
      sources: [{ network: first.network, parameters: first.parameters, adversary: spec.source }],
      ...(start ? { start: start.parameters } : {}),
      seed,
      checkpoints,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    return { trees: { parameters }, history };
  },
  build: (spec, { parameters }) => builtClassifier(spec, parameters!),
});

/** Attacked images in a step, k in the paper: the 64 clean ones are the same. */
const PAIRS = 64;

/** As the target begins, its logits are large and far apart: with larger steps the pivot loss tears it to chance. */
const TUNING_RATE = 0.01;

/** λ₂, what the squared distance of an image's two embeddings weighs. */
const PIVOT = 1e-4;

const ball = linf(16 / 255), deviation = 8 / 255;

/** One step towards the least likely class; each image has an ε of its own, |N(0, (8/255)²)| cut at 16/255. */
function oneStep(classes: number): Adversary {
  return {
    attack: { attack: "fgs", ball },
    towards: "least likely",
    epsilon: { deviation, for: "image" },
    mixing: "together",
    clean: 1 / 1.3,
    // The paper sums over images and classes, logit pairing takes the mean.
    pairing: { weight: PIVOT * PAIRS * classes, moves: "attacked" },
  };
}

/**
 * Both networks of cascade adversarial training: the one that is defended against single steps, and the one that also learns
 * from images attacked on the first.
 */
export function cascadeSpec(circumstances: Circumstances): CascadeSpec {
  const { classes } = imageForm(circumstances.dataset);
  const first = hardenedSpec(circumstances, { adversary: oneStep(classes) }, {
    batch: PAIRS,
    tuningRate: TUNING_RATE,
  });
  return {
    ...first,
    kind: "cascade",
    first,
    source: {
      attack: { attack: "bim", ball, stepSize: 1 / 255, steps: 20 },
      epsilon: { deviation, for: "batch" },
    },
    seed: fold(circumstances.seed, "cascade"),
  };
}
