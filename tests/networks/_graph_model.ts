/** A small graph model, as TensorFlow's converter writes one: weights and topology in memory. */
import * as tf from "@tensorflow/tfjs";

/** The weights, for whoever computes the same by hand. */
export interface GraphWeights {
  readonly kernel: tf.Tensor4D; //   [3, 3, 2, 4]
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  readonly dense: tf.Tensor2D; //    [4, 3]
  readonly bias: tf.Tensor1D;
}

const attr = {
  float: { type: "DT_FLOAT" },
  ints: (...values: number[]) => ({ list: { i: values.map(String) } }),
  shape: (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } }),
  text: (text: string) => ({ s: btoa(text) }),
};

/**
 * Placeholder → Conv2D → FusedBatchNormV3 → Relu → Mean over pixels → MatMul → BiasAdd ("logits") → Softmax ("probabilities").
 *
 * @param weights Its weights.
 * @param batch The size of its batch; -1 is open.
 * @param dtype The type of its input.
 */
export async function graphModel(
  weights: GraphWeights,
  batch = -1,
  dtype = "DT_FLOAT",
): Promise<tf.GraphModel> {
  const T = attr.float;
  const node = (name: string, op: string, input: string[], attributes: Record<string, unknown> = {}) => ({
    name,
    op,
    input,
    attr: { T, ...attributes },
  });
  const axes = tf.tensor1d([1, 2], "int32");
  const constants: Record<string, tf.Tensor> = { ...weights, axes };
  const modelTopology = {
    node: [
      placeholder(batch, dtype),
      ...Object.entries(constants).map(constant),
      node("conv", "Conv2D", ["images", "kernel"], {
        strides: attr.ints(1, 1, 1, 1),
        dilations: attr.ints(1, 1, 1, 1),
        padding: attr.text("SAME"),
        data_format: attr.text("NHWC"),
      }),
      node("norm", "FusedBatchNormV3", ["conv", "scale", "offset", "mean", "variance"], {
        epsilon: { f: 1e-3 },
        is_training: { b: false },
        data_format: attr.text("NHWC"),
      }),
      node("relu", "Relu", ["norm"]),
      node("pool", "Mean", ["relu", "axes"], { keep_dims: { b: false }, Tidx: { type: "DT_INT32" } }),
      node("product", "MatMul", ["pool", "dense"], { transpose_a: { b: false }, transpose_b: { b: false } }),
      node("logits", "BiasAdd", ["product", "bias"], { data_format: attr.text("NHWC") }),
      node("probabilities", "Softmax", ["logits"]),
    ],
    versions: { producer: 1 },
  };
  return await loaded(modelTopology, constants);
}

/**
 * What the converter makes of a convolution with bias and ReLU, and of a dense layer:
 * Placeholder → _FusedConv2D → Mean over pixels → _FusedMatMul.
 */
export async function fusedGraphModel({ kernel, offset, dense, bias }: GraphWeights): Promise<tf.GraphModel> {
  const T = attr.float, axes = tf.tensor1d([1, 2], "int32");
  const constants: Record<string, tf.Tensor> = { kernel, offset, dense, bias, axes };
  const fused = (...ops: string[]) => ({
    T,
    fused_ops: { list: { s: ops.map(btoa) } },
    num_args: { i: "1" },
    epsilon: { f: 0 },
  });
  const modelTopology = {
    node: [
      placeholder(-1, "DT_FLOAT"),
      ...Object.entries(constants).map(constant),
      {
        name: "conv",
        op: "_FusedConv2D",
        input: ["images", "kernel", "offset"],
        attr: {
          ...fused("BiasAdd", "Relu"),
          strides: attr.ints(1, 1, 1, 1),
          dilations: attr.ints(1, 1, 1, 1),
          padding: attr.text("SAME"),
          data_format: attr.text("NHWC"),
        },
      },
      { name: "pool", op: "Mean", input: ["conv", "axes"], attr: { T, keep_dims: { b: false } } },
      {
        name: "logits",
        op: "_FusedMatMul",
        input: ["pool", "dense", "bias"],
        attr: { ...fused("BiasAdd"), transpose_a: { b: false }, transpose_b: { b: false } },
      },
    ],
    versions: { producer: 1 },
  };
  return await loaded(modelTopology, constants);
}

function placeholder(batch: number, dtype: string) {
  return {
    name: "images",
    op: "Placeholder",
    input: [],
    attr: { dtype: { type: dtype }, shape: attr.shape(batch, 6, 5, 2) },
  };
}

function constant([name, tensor]: [string, tf.Tensor]) {
  return {
    name,
    op: "Const",
    input: [],
    attr: { dtype: { type: tensor.dtype === "int32" ? "DT_INT32" : "DT_FLOAT" } },
  };
}

async function loaded(modelTopology: object, constants: Record<string, tf.Tensor>): Promise<tf.GraphModel> {
  const { data, specs } = await tf.io.encodeWeights(constants);
  return await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs: specs, weightData: data }));
}
