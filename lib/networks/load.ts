import type { Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Network } from "./architecture.ts";
import { type Entry, parseSafetensors, shapeInFile, tensorOf } from "./safetensors.ts";
import type { VggSpec } from "./spec.ts";
import { vgg } from "./vgg.ts";

/**
 * Reads a network's parameters from a safetensors file with PyTorch's names.
 *
 * @param network The network they are for.
 * @param bytes The whole file.
 * @returns New tensors, the caller's, in the network's order.
 * @throws {RangeError} If names are missing, not the network's, or of another shape; the message lists them.
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
 */
export function loadParameters(
  network: Network<tf.Tensor>,
  bytes: Uint8Array,
): Parameters {
  return match(network.declarations, parseSafetensors(bytes).entries, `a ${network.spec.architecture}`);
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
 * @throws {RangeError} If names are missing, not VGG-19's (its variant with batch norms is another network), or of
 * another shape; the message lists them.
 */
export function loadVgg19(bytes: Uint8Array): Loaded {
  const { entries } = parseSafetensors(bytes);
  const outputs = (name: string) => entries.find((entry) => entry.name === name)?.shape[0];
  const spec: VggSpec = {
    architecture: "vgg19",
    width: outputs("features.0.weight") || 64,
    classes: outputs("classifier.6.weight") || 1000,
    channels: 3,
    normalise: imageNet,
  };
  const network = vgg(spec), isDense = ({ name }: { name: string }) => name.startsWith("classifier.");
  const wanted = network.declarations.filter((declaration) => entries.some(isDense) || !isDense(declaration));
  return { network, parameters: match(wanted, entries, "a VGG-19") };
}

function match(wanted: readonly Declaration[], entries: readonly Entry[], what: string): Parameters {
  const there = new Map(entries.map((entry) => [entry.name, entry]));
  const names = new Set(wanted.map(({ name }) => name));
  const problems = [
    listed("missing", wanted.filter(({ name }) => !there.has(name)).map(({ name }) => name)),
    listed("unexpected", entries.filter(({ name }) => !names.has(name)).map(({ name }) => name)),
    listed(
      "of another shape",
      wanted.flatMap(({ name, shape }) => {
        const found = there.get(name)?.shape, expected = shapeInFile(shape);
        return found === undefined || `${found}` === `${expected}`
          ? []
          : [`${name} [${found}] in place of [${expected}]`];
      }),
    ),
  ].filter((problem) => problem !== "");
  if (problems.length > 0) throw new RangeError(`The file does not fit ${what}: ${problems.join("; ")}`);
  return Object.fromEntries(wanted.map(({ name }) => [name, tensorOf(there.get(name)!)]));
}

function listed(what: string, names: readonly string[], shown = 12): string {
  if (names.length === 0) return "";
  const rest = names.length > shown ? ` and ${names.length - shown} more` : "";
  return `${what} ${names.slice(0, shown).join(", ")}${rest}`;
}
