import type { Network } from "./architecture.ts";
import { convolution } from "./_convolution.ts";
import { dense } from "./_dense.ts";
import { sequence } from "./_layer.ts";
import { globalAveragePool } from "./_pooling.ts";
import { residualBlock } from "./_residual_block.ts";
import { sequential } from "./_sequential.ts";
import type { ResNetSpec } from "./spec.ts";

const blocks = { resnet18: [2, 2, 2, 2], resnet34: [3, 4, 6, 3] } as const;

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
  const { architecture, width, classes, channels, stem } = spec;
  if (blocks[architecture] === undefined) {
    throw new RangeError(`No ResNet is called ${architecture}; known are ${Object.keys(blocks).join(", ")}`);
  }
  if (stem !== 1 && stem !== 2) throw new RangeError(`The stride of the stem is ${stem}; it must be 1 or 2`);
  const stages = blocks[architecture].map((depth, i) => {
    const to = width * 2 ** i, from = i === 0 ? width : to / 2;
    const first = residualBlock(`layer${i + 1}.0`, { from, to, stride: i === 0 ? 1 : 2 });
    const rest = Array.from(
      { length: depth - 1 },
      (_, j) => residualBlock(`layer${i + 1}.${j + 1}`, { from: to, to, stride: 1 }),
    );
    return [`layer${i + 1}`, sequence(first, ...rest)] as const;
  });
  return sequential(spec, [
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
}
