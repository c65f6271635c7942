import { convolution } from "./_convolution.ts";
import { type Layer, needsOf } from "./_layer.ts";

/** Sizes of a residual block. */
export interface ResidualBlockOptions {
  /** Channels that come in. */
  readonly from: number;
  /** Channels that go out. */
  readonly to: number;
  /** Of the first convolution. */
  readonly stride: 1 | 2;
}

/**
 * The basic block of He et al. (2016): two 3 × 3 convolutions with batch norms, the input added, then ReLU. Where the
 * shape changes, the input goes through a 1 × 1 convolution first.
 */
export function residualBlock(name: string, { from, to, stride }: ResidualBlockOptions): Layer {
  const norm = (n: number) => `${name}.bn${n}`;
  const first = convolution(`${name}.conv1`, {
    size: 3,
    from,
    to,
    stride,
    norm: norm(1),
    activation: "relu",
  });
  const second = convolution(`${name}.conv2`, { size: 3, from: to, to, norm: norm(2) });
  const shortcut = from === to && stride === 1
    ? undefined
    : convolution(`${name}.downsample.0`, { size: 1, from, to, stride, norm: `${name}.downsample.1` });
  return {
    ...needsOf(shortcut ? [first, second, shortcut] : [first, second]),
    apply: (parameters, x, pass) => {
      const residual = second.apply(parameters, first.apply(parameters, x, pass), pass);
      const sum = residual.add(shortcut?.apply(parameters, x, pass) ?? x).relu();
      return pass.activation?.(sum) ?? sum;
    },
  };
}

/** Whether batch norms follow the convolutions of a block. */
export type BlockNorm = "none" | "batch";

/**
 * A block for image to image networks: two 3 × 3 convolutions with a ReLU between them, added to the input, and nothing
 * after the sum. Batch norms follow both convolutions or none.
 */
export function correctionBlock(name: string, channels: number, norm: BlockNorm = "none"): Layer {
  const sizes = { size: 3, from: channels, to: channels } as const;
  const [one, two] = norm === "none"
    ? [{ start: "small" }, { start: "small" }] as const
    : [{ norm: `${name}.bn1` }, { norm: `${name}.bn2` }];
  const first = convolution(`${name}.conv1`, { ...sizes, ...one, activation: "relu" });
  const second = convolution(`${name}.conv2`, { ...sizes, ...two });
  return {
    ...needsOf([first, second]),
    apply: (parameters, x, pass) => x.add(second.apply(parameters, first.apply(parameters, x, pass), pass)),
  };
}
