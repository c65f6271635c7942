import type { Augmentation } from "../../data/mod.ts";
import type { CompileOptions } from "../../tensor/mod.ts";

/** How the generator and the detector are trained, as data; see `fitGcln`. */
export interface GclnTraining {
  /** Attacked images seen in all. */
  readonly images: number;
  /** Attacked images a step. */
  readonly batch: number;
  /** λ of Eq. (3). */
  readonly lambda: number;
  /** What the normalised perceptual loss is multiplied with. */
  readonly perceptualScale: number;
  /** Peak learning rates. */
  readonly rates: { readonly generator: number; readonly detector: number };
  /** Whether recovered images join the clean ones (§3.3). */
  readonly recovered: "join" | "ignore";
  /** Clean images that the generator sees in a step, as a share of the attacked ones; default 1. */
  readonly clean?: number;
  /** Random changes of the images, and of their perturbations with them; default none. */
  readonly augment?: Augmentation;
  /** What convolutions are computed in, also where the pool is attacked; default float32. */
  readonly precision?: CompileOptions["precision"];
  /** What guides the generator; default: the features. */
  readonly guide?: "features" | "labels";
}
