import { batchNormTraining, type Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Pass, Start } from "./architecture.ts";
import { foldedBias, foldedKernel } from "./fold.ts";
import type { Layer } from "./layer.ts";
import { parameter } from "./parameters.ts";

/** What a convolution ends in; the slope of LeakyReLU is 0.2. */
export type Activation = "linear" | "relu" | "leakyrelu";

const LEAK = 0.2;

/** A convolution's sizes, and what comes with it. */
export interface ConvolutionOptions {
  /** Side of the kernel. 3 is padded by 1; 1 and 2 are not padded. */
  readonly size: 1 | 2 | 3;
  /** Channels that come in. */
  readonly from: number;
  /** Channels that go out. */
  readonly to: number;
  /** Default 1. */
  readonly stride?: 1 | 2;
  /** The batch norm that follows. Without it the convolution has a bias. */
  readonly norm?: string;
  /** Default `"linear"`. */
  readonly activation?: Activation;
  /** How the kernel begins. Default `"he"`. */
  readonly start?: Start;
}

/** A convolution with its batch norm or bias, and its activation. */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { size, from, to, stride = 1, norm, activation = "linear", start = "he" } = options;
  const fanIn = size * size * from;
  const vector = (name: string, start: Start): Declaration => ({ name, shape: [to], start, fanIn });
  const kernel: Declaration = { name: `${name}.weight`, shape: [size, size, from, to], start, fanIn };
  // "same" is PyTorch's padding by 1 at stride 1 only.
  const padded = (x: tf.Tensor) => (size === 3 && stride === 2 ? padForStride2 : same)(x as tf.Tensor4D);
  const pad = size === 3 && stride === 1 ? "same" : "valid";
  // In a gradient TensorFlow.js takes this apart by itself.
  const fused = (x: tf.Tensor, filter: tf.Tensor4D, bias: tf.Tensor1D) =>
    tf.fused.conv2d({ x: padded(x), filter, bias, strides: stride, pad, activation, leakyreluAlpha: LEAK });
  if (norm === undefined) {
    return {
      declarations: [kernel, vector(`${name}.bias`, "zeros")],
      apply: (parameters, x) =>
        fused(x, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`)),
    };
  }
  return {
    declarations: [
      kernel,
      vector(`${norm}.weight`, "ones"),
      vector(`${norm}.bias`, "zeros"),
      vector(`${norm}.running_mean`, "zeros"),
      vector(`${norm}.running_var`, "ones"),
    ],
    batchNorms: { [norm]: name },
    apply: (parameters, x, pass) => {
      if (pass.mode !== "training") {
        return fused(x, foldedKernel(parameters, name, norm), foldedBias(parameters, name, norm));
      }
      const sum = tf.conv2d(padded(x), parameter<tf.Tensor4D>(parameters, `${name}.weight`), stride, pad);
      return activate(normalised(parameters, norm, sum, pass), activation);
    },
  };
}

/** A 2 × 2 transposed convolution of stride 2, which doubles the sides; no pixel is written twice. */
export function upsampling(name: string, from: number, to: number, start: Start): Layer {
  return {
    declarations: [
      { name: `${name}.weight`, shape: [2, 2, to, from], start, fanIn: from },
      { name: `${name}.bias`, shape: [to], start: "zeros", fanIn: from },
    ],
    apply: (parameters, x) => {
      const [n, h, w] = x.shape as [number, number, number, number];
      const kernel = parameter<tf.Tensor4D>(parameters, `${name}.weight`);
      const raised = tf.conv2dTranspose(x as tf.Tensor4D, kernel, [n, 2 * h, 2 * w, to], 2, "valid");
      return raised.add(parameter(parameters, `${name}.bias`));
    },
  };
}

function same(x: tf.Tensor4D): tf.Tensor4D {
  return x;
}

/** At even sides the last row and column of PyTorch's padding are never read. */
function padForStride2(x: tf.Tensor4D): tf.Tensor4D {
  const [, h, w] = x.shape;
  return tf.pad(x, [[0, 0], [1, h % 2], [1, w % 2], [0, 0]]);
}

function activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return x.relu();
    case "leakyrelu":
      return x.leakyRelu(LEAK);
    default:
      return activation satisfies never;
  }
}

function normalised(parameters: Parameters, norm: string, x: tf.Tensor4D, pass: Pass): tf.Tensor4D {
  const scale = parameter<tf.Tensor1D>(parameters, `${norm}.weight`);
  const { output, mean, variance } = batchNormTraining(x, scale, parameter(parameters, `${norm}.bias`));
  pass.statistics?.(`${norm}.running_mean`, mean);
  pass.statistics?.(`${norm}.running_var`, variance);
  return output;
}
