import { checkSetting, guess, list, text } from "../kinds/mod.ts";
import { type Images, leavingResult, type Parameters, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkNetwork } from "./_check_network.ts";
import { ownedParameters, type Owner } from "./classifier.ts";

/**
 * Activations of a trained network as a function of images, in inference: what a perceptual loss compares.
 *
 * Layers after the last wanted one are not computed, so their parameters need not be there. Batch norms are folded once
 * into copies that the function owns. A call leaves nothing behind but the activations, which are the caller's.
 *
 * @param network Any network.
 * @param parameters Its parameters.
 * @param layers Some of `network.layers`; `"pixels"` are the images themselves, `"logits"` what the network gives.
 * @returns The activations in the order of `layers`, with `dispose` for those who make many.
 * @throws {RangeError} If the network has no such layer.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { features, network } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * const stages = features(vgg, vgg.init(1), ["relu1_2", "relu2_2"]);
 * assertEquals(stages(tf.zeros([3, 16, 16, 1])).map(({ shape }) => shape), [[3, 16, 16, 2], [3, 8, 8, 4]]);
 * ```
 */
export function features(
  network: Network<tf.Tensor>,
  parameters: Parameters,
  layers: readonly string[],
): ((images: Images) => tf.Tensor[]) & Owner {
  checkNetwork(network);
  checkSetting("layers", list(text()), layers);
  for (const layer of layers) if (!ENDS.includes(layer)) checkLayer(network, layer);
  const owned = ownedParameters(network, parameters);
  const wanted = new Set(layers), hidden = layers.some((layer) => !ENDS.includes(layer));
  const within = [...wanted].filter((layer) => !ENDS.includes(layer)).length;
  const activations = (images: Images) => {
    const found = new Map<string, tf.Tensor>([[PIXELS, images]]);
    const enough = {};
    if (!hidden && !wanted.has(LOGITS)) return layers.map((layer) => found.get(layer)!);
    try {
      const logits = network.apply(owned, images, {
        tap: (layer, activation) => {
          if (wanted.has(layer)) found.set(layer, activation);
          if (found.size === within + 1 && !wanted.has(LOGITS)) throw enough; // What comes after is nobody's.
        },
      });
      found.set(LOGITS, logits);
    } catch (reason) {
      if (reason !== enough) throw reason;
    }
    return layers.map((layer) => found.get(layer)!);
  };
  return Object.assign((images: Images) => leavingResult(() => activations(images)), {
    dispose: () => tf.dispose(Object.values(owned)),
  });
}

/** The names of what goes into a network and what comes out, among its layers. */
const PIXELS = "pixels", LOGITS = "logits", ENDS: readonly string[] = [PIXELS, LOGITS];

/** Throws where a network has no such layer. */
export function checkLayer(network: Network<tf.Tensor>, layer: string): void {
  if (network.layers.includes(layer)) return;
  throw new RangeError(
    `A ${network.spec.architecture} has no layer ${layer}${
      guess(String(layer), network.layers) || "."
    } It has ${network.layers.join(", ")}`,
  );
}
