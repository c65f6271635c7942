import { callable, checkSetting } from "../kinds/mod.ts";
import {
  checkCompileOptions,
  compile,
  type Compiled,
  type CompileOptions,
  isRecording,
  type TensorFunction,
} from "./compile.ts";
import { underGradientRules } from "./gradient_rules.ts";
import type { Classifier } from "./images.ts";
import { NoGraphError } from "./outside_graphs.ts";
import { addPasses, counted, countsItself, type Passes, passes } from "./passes.ts";
import { tf } from "./tf.ts";

/** A classifier that never changes, and the graphs made of it so far. */
export interface Frozen extends Classifier {
  /** Frees the graphs; the classifier itself lives on. */
  dispose(): void;
}

/** A graph, and how many images one run of it sends through classifiers. */
interface Graph extends Compiled {
  readonly passes: Passes;
}

/** How many graphs one classifier keeps, since each holds its weights. The ones unused for the longest time are freed. */
const MOST_GRAPHS = 32;

/** The graphs made of a classifier, and how they compute. */
interface Graphs {
  readonly made: Map<string, Graph>;
  readonly options: CompileOptions;
  /** Whether it was found that there are none, {@linkcode NoGraphError}. */
  isPlain?: boolean;
}

const graphs = new WeakMap<Classifier, Graphs>();

/**
 * Marks a classifier as fixed: its weights do not change and it draws no random numbers. What is computed from it
 * again and again (logits, gradients of losses) is then compiled once for each shape of the batch.
 *
 * Do not mark a randomised defense: its random numbers would be frozen with it.
 *
 * @param classifier A pure function of its images.
 * @param options `precision: "bfloat16"` makes attacks on it faster: for a surrogate. The victim should stay in float32.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { frozen, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const brightness = frozen((images) => images.mean([1, 2]));
 * assertEquals([...await brightness(tf.ones([1, 2, 2, 1])).data()], [1]);
 * brightness.dispose();
 * ```
 */
export function frozen(classifier: Classifier, options: CompileOptions = {}): Frozen {
  checkSetting("classifier", callable(), classifier);
  checkCompileOptions("frozen", options);
  const made = new Map<string, Graph>(), through = counted(classifier);
  const marked: Frozen = Object.assign((images: Parameters<Classifier>[0]) => through(images), classifier, {
    dispose() {
      for (const graph of made.values()) graph.dispose();
      made.clear();
    },
  });
  graphs.set(marked, { made, options });
  return countsItself(marked, classifier);
}

/**
 * Whether a classifier is marked as fixed, so that the same images always give the same result.
 *
 * @param classifier Any.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { type Classifier, frozen, isFrozen } from "@gcln/kit/tensor";
 *
 * const brightness: Classifier = (images) => images.mean([1, 2]);
 * assert(isFrozen(frozen(brightness)) && !isFrozen(brightness));
 * ```
 */
export function isFrozen(classifier: Classifier): boolean {
  return graphs.has(classifier);
}

/**
 * Compiles a function. The passes of the recording are not counted; each run counts them instead.
 *
 * @returns `undefined` where it can't be a graph.
 */
function graphOf(
  fn: TensorFunction,
  inputs: readonly tf.Tensor[],
  options: CompileOptions,
): Graph | undefined {
  const before = passes();
  const recorded = (): Passes => {
    const after = passes(), forward = after.forward - before.forward;
    return { forward, backward: after.backward - before.backward };
  };
  try {
    const compiled = compile(fn, inputs, options);
    return Object.assign(compiled, { passes: recorded() });
  } catch (error) {
    if (error instanceof NoGraphError) return undefined;
    throw error;
  } finally {
    const { forward, backward } = recorded();
    addPasses({ forward: -forward, backward: -backward });
  }
}

/**
 * Evaluates a function of tensors that is built from a classifier, compiled where the classifier is {@link frozen}.
 *
 * @param classifier What the function calls.
 * @param name What the function computes: the key of its graph, beside the inputs' shapes and types.
 * @param inputs Its arguments.
 * @param fn The function; it may depend on its arguments, the classifier and `name` only. Within a gradient that is
 * being taken it is called as it is, so that the gradient is right.
 */
export function evaluated(
  classifier: Classifier,
  name: string,
  inputs: readonly tf.Tensor[],
  fn: TensorFunction,
): tf.Tensor[] {
  const known = graphs.get(classifier);
  // A gradient that is being taken could not come back through a graph.
  const plain = known === undefined || known.isPlain || isRecording() || underGradientRules() ||
    tf.engine().isTapeOn();
  if (plain) return tf.tidy(() => fn(...inputs));
  const { made, options } = known;
  const key = `${tf.getBackend()} ${name} ${
    inputs.map(({ dtype, shape }) => `${dtype} ${shape.join("x")}`).join(" ")
  }`;
  const graph = made.get(key) ?? graphOf(fn, inputs, options);
  if (graph === undefined) {
    known.isPlain = true;
    return tf.tidy(() => fn(...inputs));
  }
  made.delete(key);
  made.set(key, graph); // the last used is the last in line
  for (const [oldest, graph] of made) {
    if (made.size <= MOST_GRAPHS) break;
    graph.dispose();
    made.delete(oldest);
  }
  addPasses(graph.passes);
  return graph(...inputs);
}
