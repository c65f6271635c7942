import { callable, checkSettings, either, object, type Settings } from "../kinds/mod.ts";
import type { Parameters, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkNetwork } from "./_check_network.ts";
import { matched, named } from "./_matched_parameters.ts";
import type { Rename } from "./_renamed.ts";
import { parseSafetensors } from "./_safetensors_file.ts";

export type { Rename } from "./_renamed.ts";

/** Options of {@linkcode loadParameters}. */
export interface LoadParametersOptions {
  /**
   * What names of the file mean, where they cannot be told: a function, or a record of names and their beginnings up to
   * a dot (`{ head: "fc" }` takes `head.weight` to `fc.weight`; the longest that fits counts). `null` leaves a tensor
   * out. Names that become the network's stay so; the others are read as without this option. Default: none is changed.
   */
  readonly rename?: Rename;
}

const settings: Settings = { rename: either(callable(), object("a record of names")) };

/**
 * Reads a network's parameters from a safetensors file with PyTorch's names.
 *
 * What all names of the file begin with is passed over where they fit without it: `module.` of DataParallel,
 * `_orig_mod.` of torch.compile, `model.`, `net.`, `backbone.`, several in a row. So are the usual other names of a
 * ResNet's parts: `shortcut` and `linear` (kuangliu/pytorch-cifar) for `downsample` and `fc`, and the sequences of
 * weiaicunzai/pytorch-cifar100. The counters `num_batches_tracked` are not read. What else is called otherwise, the
 * option `rename` says.
 *
 * The networks of the kit are made for small images: torchvision's own ResNets begin with a 7 × 7 convolution and a max
 * pool, and do not fit.
 *
 * Names and shapes do not tell everything: where PyTorch's network has another stride, an own normalisation of images or
 * a max pool that this one lacks, the file fits and the logits differ. Compare those of a few images once.
 *
 * @param network The network they are for.
 * @param bytes The whole file.
 * @param options Names that cannot be told.
 * @returns New tensors, the caller's, in the network's order.
 * @throws {RangeError} If names or shapes do not fit; the message has what is missing and what is left over side by
 * side, and what would fit. If they fit in two ways. If a weight is NaN or infinite. If the file is no safetensors file.
 * @throws {TypeError} If a parameter is stored as whole numbers.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadParameters, network, writeSafetensors } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const detector = network({ architecture: "detector", width: 2, channels: 1 });
 * const bytes = await writeSafetensors(detector.init(1), { precision: "float32" });
 * assertEquals(loadParameters(detector, bytes)["fc.weight"]!.shape, [8, 2]);
 * ```
 *
 * @example A checkpoint with other names
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadParameters, network, writeSafetensors } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const detector = network({ architecture: "detector", width: 2, channels: 1 });
 * const { "fc.weight": weight, "fc.bias": bias, ...rest } = detector.init(1);
 * const theirs = { ...rest, "output.weight": weight!, "output.bias": bias!, epoch: tf.scalar(90) };
 * const bytes = await writeSafetensors(theirs, { precision: "float32" });
 * const parameters = loadParameters(detector, bytes, { rename: { output: "fc", epoch: null } });
 * assertEquals(parameters["fc.weight"]!.shape, [8, 2]);
 * ```
 */
export function loadParameters(
  network: Network<tf.Tensor>,
  bytes: Uint8Array,
  options: LoadParametersOptions = {},
): Parameters {
  checkNetwork(network);
  checkSettings("loadParameters", settings, options);
  const { entries } = parseSafetensors(bytes);
  return matched(network, network.declarations, named(entries, network.declarations, options.rename));
}

/** A network and parameters for it. */
export interface Loaded {
  /** The network. */
  readonly network: Network;
  /** Its parameters, the caller's. */
  readonly parameters: Parameters;
}
