import { classifierOf, type Network, network, type ResNetSpec } from "../../networks/mod.ts";
import { type Images, leavingResult, type Logits } from "../../tensor/mod.ts";
import { linf } from "../../attacks/mod.ts";
import {
  type ClassifierTraining,
  defineNetworkKind,
  descend,
  type Learner,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
  trainingOf,
} from "../../training/mod.ts";
import { classifierSpec } from "../none.ts";
import { type Profile, profileFor } from "../profile.ts";
import { thermometerCodes } from "./codes.ts";
import { lsPga } from "./ls_pga.ts";

/** A classifier of thermometer codes, as data: enough to train it again. */
export interface ThermometerSpec extends TrainedSpec<ThermometerNetwork> {
  /** Tells the kinds of specs apart. */
  readonly kind: "thermometer";
  /** The architecture, for as many channels as the codes have. */
  readonly network: ResNetSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How many levels a code has. */
  readonly levels: number;
  /** How it is trained. */
  readonly training: Omit<ClassifierTraining, "adversary"> & {
    /** What attacks each batch; default: nothing. */
    readonly lsPga?: {
      /** How far a value may move. */
      readonly epsilon: number;
      /** How many steps. */
      readonly steps: number;
      /** By what the temperature is divided after each step. */
      readonly anneal: number;
      /** The share of all steps before the attack begins. */
      readonly after: number;
    };
  };
}

/** A classifier of thermometer codes: call it on images, which it encodes. */
export interface ThermometerNetwork {
  /** From images to logits; the codes have no gradient. */
  (images: Images): Logits;
  /** Its architecture. */
  readonly network: Network;
  /** The same values, with the gradient of a ramp in the place of each code's steps. */
  ramped(images: Images): Logits;
}

/** A trained classifier of thermometer codes. */
export interface TrainedThermometer extends TrainedNetwork<ThermometerSpec>, ThermometerNetwork {}

/** What sets a row's thermometer encoding apart. */
export interface ThermometerSettings {
  /** How many levels a code has; default 16. */
  readonly levels?: number;
  /** Whether the classifier is trained under attack; default `"plain"`. */
  readonly training?: "plain" | "adversarial";
}

/** The target classifier, for thermometer codes instead of images. */
export function thermometerSpec(
  profile: Profile,
  data: string,
  { levels = 16, training: how = "plain" }: ThermometerSettings,
  seed: number,
): ThermometerSpec {
  const { network: { normalise: _, ...network }, training } = classifierSpec(profile, data, seed);
  const { images, steps, after } = profileFor(profile, data).adversary;
  return {
    kind: "thermometer",
    network: { ...network, channels: network.channels * levels } as ResNetSpec,
    data,
    levels,
    training: how === "plain" ? training : {
      ...training,
      images,
      lsPga: { epsilon: 0.031, steps, anneal: 1.2, after },
    },
    seed,
  };
}

/** How classifiers of thermometer codes are named, trained and kept. */
export const thermometerKind: NetworkKind<ThermometerSpec> = defineNetworkKind({
  name: "thermometer",
  word: ({ network, training }) =>
    `${network.architecture}-thermometer${training.lsPga ? "-adversarial" : ""}`,
  dataset: ({ data }) => data,
  trees: ["parameters"],
  async train({ network: architecture, levels, training }, run) {
    const { lsPga: attacked, ...plain } = training, { data, options } = trainingOf(plain, run.data);
    const shape = network(architecture) as Network, { progress, signal } = run;
    const learner: Learner = {
      init: (seed) => shape.init(seed),
      apply: (parameters, images, pass) =>
        shape.apply(parameters, encoded(images, levels, architecture), pass),
      ...(attacked ? { attack: () => lsPga({ ...attacked, levels }) } : {}),
    };
    const { parameters, history } = await descend(learner, data, {
      ...options,
      ...(attacked
        ? { adversary: { attack: { attack: "fgs", ball: linf(attacked.epsilon) }, after: attacked.after } }
        : {}),
      seed: run.seed,
      checkpoints: run.checkpoints,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    return { trees: { parameters }, history };
  },
  build({ network: architecture, levels }, { parameters }) {
    const shape = network(architecture) as Network, classifier = classifierOf(shape, parameters!);
    return Object.assign(
      (images: Images) => leavingResult(() => classifier(thermometerCodes(images, levels))),
      {
        network: shape,
        ramped: (images: Images) => leavingResult(() => classifier(thermometerCodes(images, levels, "ramp"))),
        dispose: () => classifier.dispose(),
      },
    );
  },
});

/** Codes of images; what has as many channels as codes are codes already. */
function encoded(images: Images, levels: number, { channels }: ResNetSpec): Images {
  return images.shape[3] === channels ? images : thermometerCodes(images, levels);
}
