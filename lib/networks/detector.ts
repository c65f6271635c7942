import type { Logits } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { convolution } from "./_convolution.ts";
import { dense } from "./_dense.ts";
import { globalAveragePool } from "./_pooling.ts";
import { type Architecture, defineArchitecture } from "./define_architecture.ts";
import { sequential } from "./_sequential.ts";
import { width } from "./_sizes.ts";

/** The detector D of Figure 1. */
export interface DetectorSpec {
  /** The name of the architecture. */
  readonly architecture: "detector";
  /** Channels of the first convolution; 2 and 4 times as many in the others. 16 is the recipe's. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: number;
}

/**
 * The detector D of Figure 1, which tells clean images from repaired ones: two logits, class 1 is clean.
 *
 * Three 3 × 3 convolutions of stride 2 with LeakyReLU (slope 0.2), global average pool, one dense layer. Its `layers`
 * are `conv1`, `conv2`, `conv3` and `pool`.
 *
 * Departure: the paper says "binary classifier" and no more.
 *
 * @param spec Width and channels.
 * @throws {RangeError} If a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { detector } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, apply } = detector({ architecture: "detector", width: 4, channels: 1 });
 * assertEquals(apply(init(1), tf.zeros([3, 28, 28, 1])).shape, [3, 2]);
 * ```
 */
export const detector: Architecture<DetectorSpec, Logits> = defineArchitecture({
  name: "detector",
  source: "the paper, Figure 1",
  settings: { width },
  make: build,
});

function build(spec: DetectorSpec): Network {
  const { width, channels } = spec;
  const stage = (name: string, from: number, to: number) =>
    [name, convolution(name, { size: 3, stride: 2, from, to, activation: "leakyrelu" })] as const;
  return sequential(spec, [
    stage("conv1", channels, width),
    stage("conv2", width, 2 * width),
    stage("conv3", 2 * width, 4 * width),
    ["pool", globalAveragePool()],
    ["", dense("fc", 4 * width, 2)],
  ]);
}
