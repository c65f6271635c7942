import { count, list, word } from "../kinds/mod.ts";
import type { Images, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { convolution } from "./_convolution.ts";
import { needsOf } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";

/** Convolutions one after the other, as plain JSON. */
export interface ConvStackSpec {
  /** The name of the architecture. */
  readonly architecture: "conv-stack";
  /** Channels of the images. */
  readonly channels: number;
  /** Channels that each convolution gives, the last one's among them. */
  readonly widths: readonly number[];
  /** What follows each convolution but the last. */
  readonly activation: "elu" | "sigmoid";
}

/**
 * 3 × 3 convolutions at the images' resolution, an activation between them: what small autoencoders are made of (MagNet's, Meng
 * & Chen 2017; ComDefend's two halves, Jia et al. 2019).
 *
 * @param spec Channels and widths.
 * @returns A network from images to `[n, h, w, widths.at(-1)]`, without an activation at the end.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { convStack } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = convStack({ architecture: "conv-stack", channels: 3, widths: [4, 12], activation: "elu" });
 * assertEquals(apply(init(1), tf.zeros([2, 8, 8, 3])).shape, [2, 8, 8, 12]);
 * ```
 */
export const convStack: Architecture<ConvStackSpec, Images> = defineArchitecture({
  name: "conv-stack",
  source: "Meng & Chen 2017; Jia et al. 2019",
  settings: { widths: list(count({ least: 1 }), { least: 1 }), activation: word(["elu", "sigmoid"]) },
  make: build,
});

function build(spec: ConvStackSpec): Network<Images> {
  const { channels, widths, activation } = spec;
  const layers = widths.map((to, i) =>
    convolution(`conv${i + 1}`, { size: 3, from: i === 0 ? channels : widths[i - 1]!, to, start: "linear" })
  );
  const needs = needsOf(layers);
  return {
    spec,
    layers: layers.map((_, i) => `conv${i + 1}`),
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, channels, pass);
      return layers.reduce((x: tf.Tensor, layer, i) => {
        const made = pass.instead?.[`conv${i + 1}`] ?? layer.apply(parameters, x, pass);
        pass.tap?.(`conv${i + 1}`, made);
        if (i === layers.length - 1) return made;
        return activation === "elu" ? made.elu() : made.sigmoid();
      }, images) as Images;
    },
  };
}
