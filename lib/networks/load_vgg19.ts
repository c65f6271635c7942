import type { Loaded } from "./load.ts";
import { matched, named } from "./_matched_parameters.ts";
import { parseSafetensors } from "./_safetensors_file.ts";
import { vgg, type VggSpec } from "./vgg.ts";

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
  return { network, parameters: matched(network, wanted, named(entries, wanted)) };
}
