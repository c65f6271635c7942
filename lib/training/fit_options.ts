import type { Augmentation } from "../data/mod.ts";
import type { Network } from "../networks/mod.ts";
import type { Classifier, CompileOptions, Parameters, Progress } from "../tensor/mod.ts";
import type { Adversary } from "./adversary.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import type { Optimiser } from "./optimiser.ts";
import type { Schedule } from "./schedule.ts";

/** A trained network, and how images are attacked on it. */
export interface AttackSource {
  /** The network. */
  readonly network: Network;
  /** Its parameters, which the caller frees. */
  readonly parameters: Parameters;
  /** The attack, with its drawn ε and its aim. */
  readonly adversary: Pick<Adversary, "attack" | "epsilon" | "towards">;
}

/** Fields of {@linkcode fitClassifier}. */
export interface FitClassifierOptions {
  /** The number of images to train on, over all epochs. */
  readonly images: number;
  /** Images in a step; default 128. */
  readonly batch?: number;
  /** The optimiser; default: {@link sgd} with Nesterov momentum 0.9 and weight decay 5e-4. */
  readonly optimiser?: Optimiser;
  /** The learning rate; default: {@link cosine} with peak 0.1. */
  readonly schedule?: Schedule;
  /** Random changes of the images; default: none. */
  readonly augment?: Augmentation;
  /** The attack on each batch before the training step; default: none. */
  readonly adversary?: Adversary;
  /**
   * Label smoothing s (Warde-Farley & Goodfellow 2016): the label's class is learned as the probability 1 − s, each other
   * one as s / (classes − 1); see {@linkcode smoothedLabels}. From 0 to below 1. The adversary still attacks the labels.
   *
   * @default {0}
   */
  readonly smoothing?: number;
  /**
   * The number format of convolutions, in training steps and in the adversary's steps. Weights and optimiser stay in float32.
   * See {@linkcode CompileOptions}.
   *
   * @default {"float32"}
   */
  readonly precision?: CompileOptions["precision"];
  /**
   * Another classifier, whose answers to a step's images are learned in the place of the labels (distillation, Hinton et al.
   * 2015): the cross-entropy with its softmax. Not together with an adversary or smoothing. Default: none.
   */
  readonly teacher?: Classifier;
  /** The first weights and running statistics, which the caller frees; default: new ones from the seed. */
  readonly start?: Parameters;
  /**
   * Other networks that attacked images come from: of the images that a step attacks, the learner and each of these are
   * attacked on equal shares, in this order (ensemble adversarial training, Tramèr et al. 2018). Default: the learner alone.
   */
  readonly sources?: readonly AttackSource[];
  /** The seed of the first weights, the order and the augmentation of the images, and the starts of attacks. */
  readonly seed: number;
  /** Receives the number of images so far, the loss, and the accuracy on clean and (`robust`) on attacked images. */
  readonly progress?: Progress;
  /** The store for the checkpoint, which lets a stopped run resume. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, after writing its checkpoint. */
  readonly signal?: AbortSignal;
}

/** The result of a training. */
export interface Fitted {
  /** Weights and running statistics; the caller frees them. */
  readonly parameters: Parameters;
  /** The loss on the training batches, `accuracy` on their clean images and `robust` on their attacked images. */
  readonly history: readonly HistoryEntry[];
}
