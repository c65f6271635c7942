import { valueText } from "../kinds/mod.ts";
import { tf } from "../tensor/mod.ts";

/** An input or an output of a model. */
export interface ModelEnd {
  /** Its name. */
  readonly name: string;
  /** Its shape; null or -1 where a size is open. */
  readonly shape?: readonly (number | null)[];
  /** Its type. */
  readonly dtype?: string;
}

/** What the kit needs of a model of TensorFlow.js: layers models have `apply`, graph models `predict`. */
export interface Model {
  /** What it takes. */
  readonly inputs: readonly ModelEnd[];
  /** What it gives. */
  readonly outputs: readonly ModelEnd[];
  /** Runs a layers model. */
  apply?(images: tf.Tensor, options?: { readonly training: boolean }): unknown;
  /** Runs a graph model, or any other. */
  predict?(images: tf.Tensor): unknown;
  /** Runs a model up to a node. */
  execute?(images: tf.Tensor, node: string): unknown;
}

/** The one input of a model that has one output too. */
export function onlyInput(model: Model, node: string | undefined): ModelEnd {
  const canRun = typeof model === "object" &&
    (["apply", "predict"] as const).some((name) => typeof model?.[name] === "function");
  if (!canRun) {
    throw new TypeError(
      `Cannot make a classifier of ${
        valueText(model)
      }: a model of TensorFlow.js is wanted (loadLayersModel and ` +
        "loadGraphModel give promises of one: await them)",
    );
  }
  const { inputs, outputs } = model;
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length === 0) {
    throw new TypeError("Cannot make a classifier of a model without inputs: it has no layers yet");
  }
  const names = (ends: readonly ModelEnd[]) => ends.map(({ name }) => name).join(", ");
  if (inputs.length !== 1) {
    throw new RangeError(
      `Cannot make a classifier of a model with ${inputs.length} inputs (${names(inputs)}): one is wanted`,
    );
  }
  if (outputs.length !== 1 && node === undefined) {
    throw new RangeError(
      `Cannot make a classifier of a model with ${outputs.length} outputs (${
        names(outputs)
      }): one is wanted; ` +
        "the option node says which",
    );
  }
  const input: ModelEnd = inputs[0];
  if (input.dtype !== undefined && input.dtype !== "float32") {
    throw new TypeError(
      `Cannot make a classifier of a model that takes ${input.dtype}: float32 is wanted, no gradient goes through others`,
    );
  }
  return input;
}

/** Runs a model in inference; one that takes batches of a fixed size, batch by batch. */
export function runOf(
  model: Model,
  input: ModelEnd,
  node: string | undefined,
): (images: tf.Tensor) => tf.Tensor {
  const run = runOnce(model, node), [fixed] = input.shape ?? [];
  if (typeof fixed !== "number" || fixed < 1) return run;
  return (images) => {
    const [n] = images.shape as [number];
    if (n === fixed) return run(images);
    if (n % fixed !== 0) {
      throw new RangeError(
        `Cannot take ${n} images: the model takes ${fixed} at a time, so a multiple of ${fixed} is wanted`,
      );
    }
    return tf.concat(tf.split(images, n / fixed).map(run));
  };
}

function runOnce(model: Model, node: string | undefined): (images: tf.Tensor) => tf.Tensor {
  if (node !== undefined && typeof model.execute !== "function") {
    throw new RangeError(`Cannot take node ${valueText(node)} of a model without execute(images, node)`);
  }
  return (images) => {
    const given = node !== undefined
      ? model.execute!(images, node)
      : typeof model.apply === "function"
      ? model.apply(images, { training: false })
      : model.predict!(images);
    const output: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
    if (output instanceof tf.Tensor) return output;
    throw new TypeError(
      `Cannot take logits from ${valueText(output)}: the model has to give one tensor at once`,
    );
  };
}
