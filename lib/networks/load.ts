import { callable, checkSettings, either, object, type Settings } from "../kinds/mod.ts";
import type { Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Network } from "./architecture.ts";
import { type FileName, isFit, type Reading, readings } from "./_matched_names.ts";
import { checkNetwork } from "./_check_network.ts";
import { ambiguous, misfit } from "./_misfit.ts";
import { tensorsOf } from "./read_safetensors.ts";
import { type Rename, renamed } from "./_renamed.ts";
import { type Entry, parseSafetensors } from "./_safetensors_file.ts";
import { vgg, type VggSpec } from "./vgg.ts";

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
 * side, and what would fit. If they fit in two ways. If the file is no safetensors file.
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
  return match(network, network.declarations, named(entries, network.declarations, options.rename));
}

/** A network and parameters for it. */
export interface Loaded {
  /** The network. */
  readonly network: Network;
  /** Its parameters, the caller's. */
  readonly parameters: Parameters;
}

/** The means and deviations of ImageNet that torchvision's networks were trained with. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/**
 * The VGG-19 that the paper takes the perceptual loss from: published weights in a safetensors file, with
 * torchvision's names.
 *
 * A file without the dense layers (`classifier.N`) serves for features of images of any size. Width and classes are
 * taken from the file. ImageNet's normalisation is part of the spec, so images are in [0, 1] as everywhere.
 *
 * @param bytes The whole file.
 * @throws {RangeError} If names or shapes do not fit VGG-19's (its variant with batch norms is another network); the
 * message lists them.
 */
export function loadVgg19(bytes: Uint8Array): Loaded {
  const { entries } = parseSafetensors(bytes);
  const outputs = (ending: string) => entries.find(({ name }) => `.${name}`.endsWith(`.${ending}`))?.shape[0];
  const spec: VggSpec = {
    architecture: "vgg19",
    width: outputs("features.0.weight") || 64,
    classes: outputs("classifier.6.weight") || 1000,
    channels: 3,
    normalise: imageNet,
  };
  const network = vgg(spec), isDense = ({ name }: { name: string }) => `.${name}`.includes(".classifier.");
  const wanted = network.declarations.filter((declaration) => entries.some(isDense) || !isDense(declaration));
  return { network, parameters: match(network, wanted, named(entries, wanted)) };
}

/** The names of a file, as the caller has changed them. */
function named(entries: readonly Entry[], wanted: readonly Declaration[], rename?: Rename): FileName[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const own = new Set(wanted.map(({ name }) => name));
  return renamed([...byName.keys()], rename).map(({ from, to }) => ({
    from,
    to,
    entry: byName.get(from)!,
    settled: from !== to && own.has(to),
  }));
}

function match(
  network: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  names: readonly FileName[],
): Parameters {
  const ways = readings(names, network.otherNames ?? []), fits = ways.filter((way) => isFit(way, wanted));
  const [fit] = fits;
  if (fit === undefined) throw misfit(network, wanted, names, ways);
  // Names that fit as they stand are no guess; of others there must be one meaning only.
  const other = fit === ways[0] ? undefined : fits.find((way) => !isSame(way, fit, wanted));
  if (other !== undefined) throw ambiguous(network, wanted, [fit, other]);
  return tensorsOf(wanted.map(({ name }) => [name, floats(fit.entries.get(name)!)]));
}

function isSame(one: Reading, other: Reading, wanted: readonly Declaration[]): boolean {
  return wanted.every(({ name }) => one.entries.get(name) === other.entries.get(name));
}

function floats(entry: Entry): Entry {
  if (entry.numbers.floats) return entry;
  throw new TypeError(
    `Cannot use ${entry.name} as a parameter: it holds ${entry.type}, floats are wanted (a quantized network has to be saved in float32)`,
  );
}
