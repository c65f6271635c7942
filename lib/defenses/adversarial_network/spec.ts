import { type Ball, linf } from "../../attacks/mod.ts";
import { type Network, network, noiseGenerator, type NoiseGeneratorSpec } from "../../networks/mod.ts";
import {
  builtClassifier,
  type ClassifierFunction,
  type ClassifierSpec,
  type ClassifierTraining,
  defineNetworkKind,
  type NetworkKind,
  type TrainedSpec,
  trainingOf,
} from "../../training/mod.ts";
import { augmentUnderAttack } from "../adversarial_training.ts";
import { imageForm } from "../image_form.ts";
import { classifierSpec } from "../none.ts";
import { type Circumstances, profileFor } from "../profile.ts";
import { fitAdversarialNetwork } from "./fit_adversarial_network.ts";

/** A classifier that is trained against a generator of noise, as data: enough to train it again. */
export interface AdversarialNetworkSpec
  extends TrainedSpec<ClassifierFunction>, Omit<ClassifierSpec, "kind" | "~made" | "training"> {
  /** Tells the kinds of specs apart. */
  readonly kind: "adversarial network";
  /** The generator. */
  readonly generator: NoiseGeneratorSpec;
  /** How both are trained; see {@linkcode fitAdversarialNetwork}. */
  readonly training: Omit<ClassifierTraining, "adversary" | "smoothing"> & {
    /** The ball of the noise. */
    readonly ball: Ball;
    /** Steps of the generator on each batch. */
    readonly generatorSteps: number;
    /** γ, what the gradient penalty weighs. */
    readonly penalty: number;
  };
}

/** The networks that it needs. */
type StartOf = Readonly<Record<"start", ClassifierSpec>> | Readonly<Record<string, never>>;

/** Classifiers that are trained against a generator of noise. */
export const adversarialNetworkKind: NetworkKind<AdversarialNetworkSpec, StartOf> = defineNetworkKind<
  AdversarialNetworkSpec,
  StartOf
>({
  name: "adversarial network",
  required: ["network", "data", "training", "generator"],
  word: ({ network }) => `${network.architecture}-adversarial-network`,
  dataset: ({ data }) => data,
  needs: ({ start }) => start ? { start } : {},
  trees: ["parameters", "generator"],
  async train(spec, { networks, data: all, seed, checkpoints, progress, signal }) {
    const { ball, generatorSteps, penalty, ...training } = spec.training;
    const { data, options } = trainingOf(training, all);
    const { parameters, generator, history } = await fitAdversarialNetwork(
      network(spec.network) as Network,
      data,
      {
        ...options,
        generator: noiseGenerator(spec.generator),
        ball,
        generatorSteps,
        penalty,
        ...("start" in networks ? { start: networks.start.parameters } : {}),
        seed,
        checkpoints,
        ...(progress ? { progress } : {}),
        ...(signal ? { signal } : {}),
      },
    );
    return { trees: { parameters, generator }, history };
  },
  build: (spec, { parameters }) => builtClassifier(spec, parameters!),
});

/** The classifier of a profile that is trained against a generator of its width. */
export function adversarialNetworkSpec({ profile, dataset, seed }: Circumstances): AdversarialNetworkSpec {
  const target = classifierSpec(profile, dataset, seed), { channels } = imageForm(dataset);
  const { hardening, adversary, network: { width } } = profileFor(profile, dataset);
  const { images, from } = hardening ?? { images: adversary.images, from: "new weights" };
  const isTuned = from === "the target", { rate } = target.training;
  return {
    ...target,
    kind: "adversarial network",
    generator: { architecture: "noise-generator", width, channels },
    training: {
      ...target.training,
      // Its steps cost two to three times those of other defenses.
      images: isTuned ? Math.round(images / 2) : images,
      batch: Math.min(64, target.training.batch),
      rate: isTuned ? rate / 2 : rate,
      augment: augmentUnderAttack(target.training.augment),
      ball: linf(8 / 255),
      generatorSteps: isTuned ? 2 : 5,
      penalty: 0.01,
    },
    ...(isTuned ? { start: target } : {}),
  };
}
