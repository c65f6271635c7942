import { checkSettings, type Setting, type Settings, text, word } from "../kinds/mod.ts";
import { checkImages, type Classifier, type Images, type Logits, tf } from "../tensor/mod.ts";
import { batchSize, type Layout, layouts, placed } from "./_model_input.ts";
import { type Model, onlyInput, runOf } from "./_model.ts";
import { asLogits, checkModelOutput, logarithm } from "./_model_output.ts";
import { checkNormalises, type Normalisation, normalisation, normalised } from "./normalisation.ts";

export type { Model, ModelEnd } from "./_model.ts";
export type { Layout } from "./_model_input.ts";

/** What a model of TensorFlow.js takes and gives. */
export interface ClassifierFromModelOptions {
  /** What the model takes for black and for white: `[0, 1]`, `[-1, 1]` or `[0, 255]`. */
  readonly range: readonly [black: number, white: number];
  /** What is taken from and divided out of every channel then, on the scale of `range`. Default: nothing. */
  readonly normalise?: Normalisation;
  /**
   * What the model gives: `"logits"`, or `"probabilities"`, whose logarithm then serves as logits.
   *
   * @default {"logits"}
   */
  readonly output?: "logits" | "probabilities";
  /**
   * How the model takes images: `"nhwc"` is `[n, height, width, channels]`, `"nchw"` is `[n, channels, height, width]` as
   * in PyTorch, `"flat"` is `[n, height * width * channels]`.
   *
   * @default {"nhwc"}
   */
  readonly layout?: Layout;
  /**
   * The node whose output is taken: the one before a softmax gives logits. Of a graph model its name, of a layers model
   * the name of a layer's output, `model.layers.at(-2).output.name`. Default: the model's output.
   */
  readonly node?: string;
}

const range: Setting = {
  wanted: "[black, white], two finite numbers, the first smaller: [0, 1], [-1, 1] or [0, 255]",
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1],
};

const settings: Settings = {
  range,
  normalise: normalisation,
  output: word(["logits", "probabilities"], { default: "logits" }),
  layout: word(layouts, { default: "nhwc" }),
  node: text(),
};

/**
 * A model of TensorFlow.js as a classifier: what `tf.loadLayersModel` or `tf.loadGraphModel` gives, or what was built and
 * trained in the page. Images in [0, 1] are brought into the model's range; batch norms use their running statistics and
 * dropout does nothing. Gradients go through it.
 *
 * A model that ends in a softmax is better taken at the `node` before it, so that nothing is lost: in float32 a probability
 * near 1 is rounded to 1, and no gradient is left for an attack to follow. Where there is no such node, say
 * `output: "probabilities"`: their logarithm is taken, for its softmax gives them back; probabilities below the smallest
 * normal float32, 2⁻¹²⁶, count as that.
 *
 * @param model The model; it stays the caller's, who frees it when the classifier is no longer needed.
 * @param options Its range, normalisation, layout and output. `range` has to be named.
 * @returns The classifier; `frozen` makes it faster.
 * @throws {RangeError} If an option is wrong; if the model has several inputs or outputs; if it gives no
 * `[n, classes]` with two or more classes; if it gives probabilities that are not announced, or the other way round.
 * When called, if the images are not of the model's size.
 * @throws {TypeError} If it is no model, or one that takes whole numbers, through which no gradient goes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierFromModel } from "@gcln/kit/networks";
 * import { gradientAt, type Images, useBackend } from "@gcln/kit/tensor";
 * import * as tf from "@tensorflow/tfjs";
 *
 * await useBackend();
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: "relu" }),
 *     tf.layers.globalAveragePooling2d({}),
 *     tf.layers.dropout({ rate: 0.5 }),
 *     tf.layers.dense({ units: 10 }),
 *   ],
 * });
 * const classifier = classifierFromModel(model, { range: [-1, 1] });
 * const images = tf.ones([2, 8, 8, 3]) as Images;
 * assertEquals(classifier(images).shape, [2, 10]);
 * assertEquals(gradientAt((x: Images) => classifier(x).max(), images).shape, [2, 8, 8, 3]);
 * ```
 */
export function classifierFromModel(model: Model, options: ClassifierFromModelOptions): Classifier {
  checkSettings("classifierFromModel", settings, options, ["range"]);
  const { range: [black, white], normalise, output = "logits", layout = "nhwc", node } = options;
  const input = onlyInput(model, node), run = runOf(model, input, node);
  const raw = (images: Images): Logits => {
    const scaled = black === 0 && white === 1 ? images : images.mul<Images>(white - black).add<Images>(black);
    if (normalise !== undefined) checkNormalises(normalise, images.shape[3]);
    const pixels = normalise === undefined ? scaled : normalised(scaled, normalise);
    return asLogits(run(placed(pixels, layout, input)), images.shape[0]);
  };
  checkModelOutput(raw, batchSize(input, layout, normalise?.mean.length ?? 1), output);
  return (images) => {
    checkImages("classify", images);
    return tf.tidy(() => output === "logits" ? raw(images) : logarithm(raw(images)));
  };
}
