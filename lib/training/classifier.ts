import type { Augmentation, Dataset } from "../data/mod.ts";
import {
  classifierOf,
  type DenoisingResNetSpec,
  type Network,
  network,
  type Owner,
  type ResNetSpec,
  type VggSpec,
} from "../networks/mod.ts";
import type { Images, Logits, Parameters } from "../tensor/mod.ts";
import type { Adversary } from "./adversary.ts";
import { fitClassifier } from "./fit_classifier.ts";
import { defineNetworkKind, type NetworkKind } from "./network_kind.ts";
import { cosine, type Schedule } from "./schedule.ts";
import type { TrainedNetwork, TrainedSpec } from "./spec.ts";

/** The settings of the training of a classifier, as data; see {@linkcode fitClassifier}. */
export interface ClassifierTraining {
  /** The number of training images to use, from the first. */
  readonly examples: number;
  /** The number of images to train on, with repeats. */
  readonly images: number;
  /** Images in a step. */
  readonly batch: number;
  /** The cosine schedule's peak learning rate. */
  readonly rate: number;
  /** Random changes of the images. */
  readonly augment: Augmentation;
  /** The attack on each batch before the training step; default: none. */
  readonly adversary?: Adversary;
  /** Label smoothing; default: none. */
  readonly smoothing?: number;
}

/** A classifier, as data: enough to train it again. */
export interface ClassifierSpec extends TrainedSpec<ClassifierFunction> {
  /** The kind of spec. */
  readonly kind: "classifier";
  /** The architecture. */
  readonly network: ResNetSpec | DenoisingResNetSpec | VggSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** The settings of its training. */
  readonly training: ClassifierTraining;
  /** A network of the same architecture, as whose trained self it begins (fine-tuning); default: new weights from the seed. */
  readonly start?: ClassifierSpec;
}

/** A classifier with its architecture. */
export interface ClassifierFunction {
  /** From `[n, h, w, c]` in [0, 1] to `[n, classes]`. */
  (images: Images): Logits;
  /** Its architecture. */
  readonly network: Network;
}

/** A trained classifier: call it on images. */
export interface TrainedClassifier extends TrainedNetwork<ClassifierSpec>, ClassifierFunction {}

/** The part of a spec that any kind of classifier has: its training images and the options of the fit. */
export function trainingOf(
  { examples, images, batch, rate, augment, adversary, smoothing }: ClassifierTraining,
  data: Dataset,
): { readonly data: Dataset; readonly options: ClassifierFitting } {
  return {
    data: data.take(examples),
    options: {
      images,
      batch,
      schedule: cosine(rate),
      augment,
      ...(adversary ? { adversary } : {}),
      ...(smoothing ? { smoothing } : {}),
    },
  };
}

/** The options of {@linkcode fitClassifier} that a spec gives. */
export interface ClassifierFitting extends Pick<ClassifierTraining, "images" | "batch" | "augment"> {
  /** The peak of the learning rate. */
  readonly schedule: Schedule;
  /** The attack on each batch. */
  readonly adversary?: Adversary;
  /** Label smoothing. */
  readonly smoothing?: number;
}

/** The network that a classifier begins as, if any. */
type StartOf = Readonly<Record<"start", ClassifierSpec>> | Readonly<Record<string, never>>;

/** Classifiers that learn from labels, on clean or on attacked images. */
export const classifierKind: NetworkKind<ClassifierSpec, StartOf> = defineNetworkKind<
  ClassifierSpec,
  StartOf
>({
  name: "classifier",
  required: ["network", "data", "training"],
  word: ({ network, training }) => `${network.architecture}${training.adversary ? "-adversarial" : ""}`,
  dataset: ({ data }) => data,
  needs: ({ start }) => start ? { start } : {},
  trees: ["parameters"],
  async train(spec, { networks, data: all, seed, checkpoints, progress, signal }) {
    const { data, options } = trainingOf(spec.training, all);
    const { parameters, history } = await fitClassifier(network(spec.network) as Network, data, {
      ...options,
      ...("start" in networks ? { start: networks.start.parameters } : {}),
      seed,
      checkpoints,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    return { trees: { parameters }, history };
  },
  build: (spec, { parameters }) => builtClassifier(spec, parameters!),
});

/** A classifier of trained parameters, for kinds of networks that are classifiers; it owns copies until `dispose`. */
export function builtClassifier(
  spec: Pick<ClassifierSpec, "network">,
  parameters: Parameters,
): ClassifierFunction & Owner {
  const shape = network(spec.network) as Network, classifier = classifierOf(shape, parameters);
  return Object.assign((images: Images) => classifier(images), {
    network: shape,
    dispose: () => classifier.dispose(),
  });
}
