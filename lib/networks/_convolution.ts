import { batchNormTraining, type Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Pass, Start } from "./architecture.ts";
import { foldedBias, foldedKernel } from "./fold.ts";
import type { Layer } from "./_layer.ts";
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
  /** How the scale of the batch norm begins. Default `"ones"`. */
  readonly normStart?: "ones" | "zeros";
  /** Default `"linear"`. */
  readonly activation?: Activation;
  /** How the kernel begins. Default `"he"`. */
  readonly start?: Start;
}

/** A convolution with its batch norm or bias, and its activation. */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { size, from, to, stride = 1, norm, normStart = "ones", activation = "linear", start = "he" } =
    options;
  const fanIn = size * size * from;
  const vector = (name: string, start: Start): Declaration => ({ name, shape: [to], start, fanIn });
  const kernel: Declaration = { name: `${name}.weight`, shape: [size, size, from, to], start, fanIn };
  const input = (x: tf.Tensor) => aligned(x as tf.Tensor4D, size, stride);
  if (norm === undefined) {
    return {
      declarations: [kernel, vector(`${name}.bias`, "zeros")],
      apply: (parameters, x, pass) => {
        const filter = parameter<tf.Tensor4D>(parameters, `${name}.weight`);
        return passedOn(biased(input(x), filter, parameter(parameters, `${name}.bias`), activation), pass);
      },
    };
  }
  return {
    declarations: [
      kernel,
      vector(`${norm}.weight`, normStart),
      vector(`${norm}.bias`, "zeros"),
      vector(`${norm}.running_mean`, "zeros"),
      vector(`${norm}.running_var`, "ones"),
    ],
    batchNorms: { [norm]: name },
    apply: (parameters, x, pass) => {
      if (pass.mode !== "training") {
        const filter = foldedKernel(parameters, name, norm);
        return passedOn(biased(input(x), filter, foldedBias(parameters, name, norm), activation), pass);
      }
      const { x: aligned, strides, pad } = input(x);
      const sum = tf.conv2d(aligned, parameter<tf.Tensor4D>(parameters, `${name}.weight`), strides, pad);
      return passedOn(activate(normalised(parameters, norm, sum, pass), activation), pass);
    },
  };

  /** What goes on behind an activation that is not linear. */
  function passedOn(x: tf.Tensor, pass: Pass): tf.Tensor {
    return activation === "linear" ? x : pass.activation?.(x) ?? x;
  }
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

interface Aligned {
  readonly x: tf.Tensor4D;
  readonly strides: 1 | 2;
  readonly pad: "same" | "valid";
}

/** The input with which TensorFlow's convolution does what PyTorch's does. */
function aligned(x: tf.Tensor4D, size: 1 | 2 | 3, stride: 1 | 2): Aligned {
  // "same" is PyTorch's padding by 1 at stride 1 only.
  if (size === 3 && stride === 1) return { x, strides: 1, pad: "same" };
  if (size === 3) return { x: padForStride2(x), strides: 2, pad: "valid" };
  // TensorFlow's filter gradient of a 1 × 1 convolution of stride 2 writes past its memory for a batch of one.
  if (size === 1 && stride === 2) return { x: tf.avgPool(x, 1, 2, "valid"), strides: 1, pad: "valid" };
  return { x, strides: stride, pad: "valid" };
}

function biased(
  { x, strides, pad }: Aligned,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  activation: Activation,
): tf.Tensor4D {
  // The fused operation would also work out the gradient of the filter, which an attack doesn't want; with a
  // nonlinear activation TensorFlow.js takes it apart in a gradient.
  if (activation === "linear") return tf.conv2d(x, filter, strides, pad).add(bias);
  return tf.fused.conv2d({ x, filter, bias, strides, pad, activation, leakyreluAlpha: LEAK });
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
