import type { Images, Logits, Parameters, tf } from "../tensor/mod.ts";
import type { Normalisation } from "./normalisation.ts";

/** A network as plain JSON: what a file, a cache key and a caption say of it. Each architecture adds its own sizes. */
export interface ArchitectureSpec {
  /** The name of the architecture. */
  readonly architecture: string;
  /** Channels of the images. */
  readonly channels: number;
  /** Channels of the first stage, where the architecture has one. */
  readonly width?: number;
  /** How many classes, of a classifier. */
  readonly classes?: number;
  /** Stride of the first convolution, where it can be chosen. */
  readonly stem?: number;
  /** How images are normalised, where they are. */
  readonly normalise?: Normalisation;
}

/** How a network is run, and what is told on the way. */
export interface Pass {
  /** Whether batch norms use the running statistics or the batch's own. Default `"inference"`. */
  readonly mode?: "inference" | "training";
  /** Is shown the activations by name, in the order of `layers`. They belong to the scope around `apply`. */
  readonly tap?: (layer: string, activation: tf.Tensor) => void;
  /** What becomes of each activation of a convolution or a residual block, right behind its ReLU. Default: nothing. */
  readonly activation?: (activation: tf.Tensor) => tf.Tensor;
  /** Activations by the names of their layers, which go on in place of those that the images make. Default none. */
  readonly instead?: Readonly<Record<string, tf.Tensor>>;
  /** In training, is given batch means and variances under the names of the running ones (`bn1.running_mean`). */
  readonly statistics?: (name: string, value: tf.Tensor) => void;
}

/**
 * How a parameter begins: `he` is normal with variance 2 / fan-in (He et al. 2015), `linear` with 1 / fan-in, for a
 * layer that no ReLU follows, `small` with 1 / (3 fan-in), for stacks without batch norms.
 */
export type Start = "he" | "linear" | "small" | "ones" | "zeros";

/** A parameter before it has values. */
export interface Declaration {
  /** PyTorch's name, with dots: `layer1.0.conv1.weight`. */
  readonly name: string;
  /** The shape in memory: kernels are `[height, width, in, out]`, dense weights `[in, out]`. */
  readonly shape: readonly number[];
  /** How it begins. */
  readonly start: Start;
  /** How many numbers make one output: the fan-in. */
  readonly fanIn: number;
}

/**
 * What other code calls the parts of a network: their names, whole parts between dots, and ours
 * (`{ shortcut: "downsample" }`).
 */
export type OtherNames = Readonly<Record<string, string>>;

/** A pure function of parameters and images, with the names that belong to it. */
export interface Network<Output extends tf.Tensor = Logits> {
  /** What it was made from. */
  readonly spec: ArchitectureSpec;
  /** What `tap` reports, first to last. */
  readonly layers: readonly string[];
  /** Its parameters, in order. */
  readonly declarations: readonly Declaration[];
  /** The convolution that each batch norm follows: `{ bn1: "conv1" }`. */
  readonly batchNorms: Readonly<Record<string, string>>;
  /** What widespread code calls its parts, one record for each: `loadParameters` tries them. Default none. */
  readonly otherNames?: readonly OtherNames[];
  /** New parameters, the caller's to free: the same for a seed on every machine. */
  init(seed: number): Parameters;
  /**
   * Runs the network. Of an architecture of the kit a call leaves nothing behind but the result; where `tap` or `statistics`
   * listens, all tensors on the way belong to the caller's scope, so open a `tidy` around it.
   */
  apply(parameters: Parameters, images: Images, pass?: Pass): Output;
}
