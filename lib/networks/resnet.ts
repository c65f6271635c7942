import { count, type Settings, word } from "../kinds/mod.ts";
import type { Network, OtherNames } from "./architecture.ts";
import { convolution } from "./_convolution.ts";
import { denoisingBlock } from "./_denoising.ts";
import { dense } from "./_dense.ts";
import { type Layer, sequence } from "./_layer.ts";
import { globalAveragePool } from "./_pooling.ts";
import { residualBlock } from "./_residual_block.ts";
import { sequential } from "./_sequential.ts";
import { type Architecture, defineArchitecture, oneOf } from "./define_architecture.ts";
import { type Normalisation, normalisation } from "./normalisation.ts";
import { classes, width } from "./_sizes.ts";

/** A residual network (He et al. 2016) with the stem for small images. */
export interface ResNetSpec {
  /** How deep. */
  readonly architecture: "resnet18" | "resnet34";
  /** Channels of the first stage; 64 in the paper. The later stages have 2, 4 and 8 times as many. */
  readonly width: number;
  /** How many classes. */
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: number;
  /** Stride of the 3 × 3 stem convolution: 1 is usual for 32 × 32 images, 2 is four times faster. */
  readonly stem: 1 | 2;
  /** Nothing is normalised without it. */
  readonly normalise?: Normalisation;
}

/** A ResNet-18 with a denoising block behind each stage (Xie et al. 2019). */
export interface DenoisingResNetSpec extends Omit<ResNetSpec, "architecture"> {
  /** Tells it from the plain one. */
  readonly architecture: "resnet18-denoising";
  /**
   * How places of a feature map are compared. "gaussian" makes a matrix of all pairs of places, a million of them for 32 × 32;
   * "dot product" needs none.
   */
  readonly similarity: "gaussian" | "dot product";
}

/**
 * ResNet-18 or ResNet-34 (He et al. 2016) for small images: a 3 × 3 stem, no max pool, four stages, global average
 * pool. Parameters have torchvision's names.
 *
 * Its `layers` are `conv1`, `layer1` … `layer4` and `pool`, each after its ReLU. The third from last activation that
 * Figure 2 shows is `layer4`: the pool and the logits come after it.
 *
 * Departure: the paper doesn't say how the stem is made. Stride 1 is what others use for 32 × 32 images; stride 2 makes
 * the same network four times faster.
 *
 * @param spec Depth, width, classes, channels and stride of the stem.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resnet } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = resnet({ architecture: "resnet18", width: 4, classes: 10, channels: 3, stem: 2 });
 * assertEquals(apply(init(1), tf.zeros([2, 32, 32, 3])).shape, [2, 10]);
 * ```
 */
export function resnet(spec: ResNetSpec): Network {
  return oneOf([resnet18, resnet34], spec);
}

const settings: Settings = { width, classes, stem: count({ least: 1, most: 2 }), normalise: normalisation };
const source = "He et al. 2016";

const resnet18 = defineArchitecture({
  name: "resnet18",
  source,
  settings,
  make: (spec: ResNetSpec) => residual(spec, [2, 2, 2, 2]),
});

const resnet34 = defineArchitecture({
  name: "resnet34",
  source,
  settings,
  make: (spec: ResNetSpec) => residual(spec, [3, 4, 6, 3]),
});

/**
 * ResNet-18 with a denoising block (Xie et al. 2019) behind each of its four stages: a non-local mean, a 1 × 1 convolution whose
 * batch norm begins at zero, and a sum with the input. Its `layers` are those of the plain one, `layer1` … `layer4` behind the
 * block.
 */
export const denoisingResnet: Architecture<DenoisingResNetSpec> = defineArchitecture({
  name: "resnet18-denoising",
  source: "Xie et al. 2019",
  settings: { ...settings, similarity: word(["gaussian", "dot product"]) },
  make: (spec: DenoisingResNetSpec) =>
    residual(spec, [2, 2, 2, 2], (name, channels) => [denoisingBlock(name, channels, spec.similarity)]),
});

/** What widespread code calls the parts; torchvision's names are ours. */
const otherNames: readonly OtherNames[] = [
  { shortcut: "downsample", linear: "fc", classifier: "fc", head: "fc", last_linear: "fc" }, // kuangliu/pytorch-cifar; heads of others
  { // weiaicunzai/pytorch-cifar100
    "conv1.0": "conv1",
    "conv1.1": "bn1",
    conv2_x: "layer1",
    conv3_x: "layer2",
    conv4_x: "layer3",
    conv5_x: "layer4",
    "residual_function.0": "conv1",
    "residual_function.1": "bn1",
    "residual_function.3": "conv2",
    "residual_function.4": "bn2",
    shortcut: "downsample",
  },
];

/** A ResNet of basic blocks, so many a stage, with what comes behind each stage. */
function residual(
  spec: Omit<ResNetSpec, "architecture"> & { readonly architecture: string },
  depths: readonly number[],
  behind: (name: string, channels: number) => readonly Layer[] = () => [],
): Network {
  const { width, classes, channels, stem } = spec;
  const stages = depths.map((depth, i) => {
    const to = width * 2 ** i, from = i === 0 ? width : to / 2;
    const first = residualBlock(`layer${i + 1}.0`, { from, to, stride: i === 0 ? 1 : 2 });
    const rest = Array.from(
      { length: depth - 1 },
      (_, j) => residualBlock(`layer${i + 1}.${j + 1}`, { from: to, to, stride: 1 }),
    );
    const last = behind(`layer${i + 1}.denoise`, to);
    return [`layer${i + 1}`, sequence(first, ...rest, ...last)] as const;
  });
  const network = sequential(spec, [
    [
      "conv1",
      convolution("conv1", {
        size: 3,
        from: channels,
        to: width,
        stride: stem,
        norm: "bn1",
        activation: "relu",
      }),
    ],
    ...stages,
    ["pool", globalAveragePool()],
    ["", dense("fc", 8 * width, classes)],
  ]);
  return { ...network, otherNames };
}
