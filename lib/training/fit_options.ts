import type { Augmentation } from "../data/mod.ts";
import type { CompileOptions, Parameters, Progress } from "../tensor/mod.ts";
import type { Adversary } from "./adversary.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import type { Optimiser } from "./optimiser.ts";
import type { Schedule } from "./schedule.ts";

/** Fields of {@linkcode fitClassifier}. */
export interface FitClassifierOptions {
  /** Images seen in all, over all epochs. */
  readonly images: number;
  /** Images a step; default 128. */
  readonly batch?: number;
  /** Default: {@link sgd} with Nesterov momentum 0.9 and weight decay 5e-4. */
  readonly optimiser?: Optimiser;
  /** Default: {@link cosine} with peak 0.1. */
  readonly schedule?: Schedule;
  /** Default: none. */
  readonly augment?: Augmentation;
  /** What attacks each batch before it is learned from; default: nobody. */
  readonly adversary?: Adversary;
  /**
   * What convolutions are computed in, in a step and in the adversary's; weights and optimiser stay in float32. See
   * {@linkcode CompileOptions}.
   *
   * @default {"float32"}
   */
  readonly precision?: CompileOptions["precision"];
  /** Weights and running statistics to begin with, which stay the caller's; default: new ones, by the seed. */
  readonly start?: Parameters;
  /** Fixes the first weights, the order of the images, what augments them and where attacks start. */
  readonly seed: number;
  /** Gets the number of images seen so far, the loss, and the accuracy on clean and (`robust`) on attacked images. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint, so that it can go on after a stop. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, with its checkpoint written. */
  readonly signal?: AbortSignal;
}

/** Parameters and how they came about. */
export interface Fitted {
  /** Weights and running statistics; the caller's to free. */
  readonly parameters: Parameters;
  /** Loss on the batches trained on, `accuracy` on the clean ones and `robust` on the attacked ones among them. */
  readonly history: readonly HistoryEntry[];
}
