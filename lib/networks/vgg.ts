import { tf } from "../tensor/mod.ts";
import type { Settings } from "../kinds/mod.ts";
import type { Network } from "./architecture.ts";
import { convolution } from "./_convolution.ts";
import { dense } from "./_dense.ts";
import { type Layer, plain, sequence } from "./_layer.ts";
import { adaptiveAveragePool, globalAveragePool, maxPool } from "./_pooling.ts";
import { defineArchitecture, oneOf } from "./define_architecture.ts";
import { type Normalisation, normalisation } from "./normalisation.ts";
import { sequential } from "./_sequential.ts";
import { classes, width } from "./_sizes.ts";

/** A VGG (Simonyan & Zisserman 2015): VGG-19 without batch norms, or a small one with. */
export interface VggSpec {
  /** Which of the two. */
  readonly architecture: "vgg19" | "vgg-small";
  /** Channels of the first stage; 64 is the published VGG-19. */
  readonly width: number;
  /** How many classes. */
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: number;
  /** Nothing is normalised without it. */
  readonly normalise?: Normalisation;
}

/** How many convolutions each stage has, and how many times `width` channels. A max pool stands between stages. */
const stages = {
  "vgg19": [[2, 1], [2, 2], [4, 4], [4, 8], [4, 8]],
  "vgg-small": [[2, 1], [2, 2], [2, 4], [1, 8]],
} as const;

/**
 * A VGG (Simonyan & Zisserman 2015). Parameters have torchvision's names, `features.N` and `classifier.N`.
 *
 * `vgg19` is the published network without batch norms, of base width 64 or another: 16 convolutions, a 7 × 7 average
 * pool, three dense layers. `vgg-small` is meant to be trained on the data at hand: w, w, M, 2w, 2w, M, 4w, 4w, M, 8w
 * with batch norms, global average pool, one dense layer.
 *
 * Its `layers` are the ReLUs by stage and number, `relu1_1` … `relu5_4`, and `pool`. Parameters without `classifier.N`
 * serve for {@linkcode features} of a `vgg19`.
 *
 * Departure: no dropout between the dense layers of `vgg19`, so that a training step is a pure function.
 *
 * @param spec Which one, width, classes and channels.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { vgg } from "@gcln/kit/networks";
 *
 * const { layers } = vgg({ architecture: "vgg-small", width: 16, classes: 10, channels: 1 });
 * assertEquals(layers, ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu4_1", "pool"]);
 * ```
 */
export function vgg(spec: VggSpec): Network {
  return oneOf([vgg19, vggSmall], spec);
}

const settings: Settings = { width, classes, normalise: normalisation };

const vgg19 = defineArchitecture({
  name: "vgg19",
  source: "Simonyan & Zisserman 2015",
  settings,
  make: (spec: VggSpec) => build(spec),
});

const vggSmall = defineArchitecture({
  name: "vgg-small",
  source: "Simonyan & Zisserman 2015, with batch norms and a global average pool",
  settings,
  make: (spec: VggSpec) => build(spec),
});

function build(spec: VggSpec): Network {
  const { architecture, width, classes, channels } = spec;
  const features: [string, Layer][] = [];
  let index = 0, from: number = channels;
  for (const [stage, [depth, factor]] of stages[architecture].entries()) {
    for (let i = 1; i <= depth; i++) {
      const norm = architecture === "vgg-small" ? { norm: `features.${index + 1}` } : {};
      const to = width * factor;
      const layer = convolution(`features.${index}`, { size: 3, from, to, ...norm, activation: "relu" });
      features.push([`relu${stage + 1}_${i}`, layer]);
      index += architecture === "vgg-small" ? 3 : 2;
      from = to;
    }
    if (architecture === "vgg19" || stage < 3) features.push(["", maxPool()]);
    index++;
  }
  if (architecture === "vgg-small") {
    return sequential(spec, [...features, ["pool", globalAveragePool()], [
      "",
      dense("classifier", from, classes),
    ]]);
  }
  const hidden = 64 * width, relu = plain(tf.relu);
  return sequential(spec, [
    ...features,
    ["pool", adaptiveAveragePool(7)],
    [
      "",
      sequence(
        dense("classifier.0", 49 * from, hidden, "he"),
        relu,
        dense("classifier.3", hidden, hidden, "he"),
        relu,
        dense("classifier.6", hidden, classes),
      ),
    ],
  ]);
}
