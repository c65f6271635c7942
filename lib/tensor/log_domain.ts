import { callable, checkSetting } from "../kinds/mod.ts";
import { FAINT, LEAST, type Logarithm, logRules, mask, PASSING } from "./_log_rules.ts";
import { underGradientRules } from "./gradient_rules.ts";
import type { Logits } from "./images.ts";
import { tf } from "./tf.ts";

type Run = (kernel: string, inputs: tf.NamedTensorMap, attributes?: object) => tf.Tensor | tf.Tensor[];

/** The engine, of which there is one in a program. */
interface Engine {
  runKernel: Run;
  /** Above 0 inside a kernel, and inside `tf.customGrad`, whose author says what the gradient is. */
  readonly state: { readonly kernelDepth: number };
}

/**
 * Evaluates a classifier for an attacker to differentiate, so that a probability too small for float32 keeps its gradient.
 *
 * A sure network that ends in log(softmax) returns log 0 = −∞, which has no gradient: the information is lost between
 * the two. Here the same function is computed by logarithms where it was lost: log softmax z = z − log Σ exp z. So the
 * gradient is the function's own, not another in its place. In the same way sigmoids, exp z / Σ exp z, and products and
 * means of them (ensembles) are known by their logarithms.
 *
 * - The logarithm of a probability below 2⁻¹²⁶ is finite; all other values stay as they are, to the bit. A row of nothing but
 *   minus infinity stays, too.
 * - Where a row of probabilities is sure (all but one below 2⁻¹², or hidden under a clip or a small number that was added for
 *   the logarithm's sake), its gradient is zero, or points where rounding leads. The row's logarithms without the floor come
 *   in its place. Departure: these are other values. Their order, all that a verdict needs, is the same.
 *
 * A classifier without such kernels runs as ever. So does what is inside `tf.customGrad`, and what is differentiated under
 * {@linkcode withGradients}, whose rules are taken at their word. Not seen: what rounds probabilities, or takes some of the
 * classes.
 *
 * @param fn Returns logits `[n, classes]`; not asynchronous.
 * @returns What `fn` returns; for an attacker to differentiate, not for a judge.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradientAt, inLogDomain, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const classifier = (x: tf.Tensor2D) => x.softmax().log() as tf.Tensor2D;
 * const second = (x: tf.Tensor2D) => inLogDomain(() => classifier(x)).slice([0, 1]).sum() as tf.Scalar;
 * const sure = tf.tensor2d([[500, 0]]); // the second logarithm is −500; plainly computed it is −∞
 * assertEquals([...await gradientAt(second, sure).data()], [-1, 1]);
 * ```
 */
export function inLogDomain(fn: () => Logits): Logits {
  checkSetting("fn", callable(), fn);
  const engine = tf.engine() as unknown as Engine;
  if (underGradientRules()) return fn();
  const own = Object.getOwnPropertyDescriptor(engine, "runKernel"), before = engine.runKernel.bind(engine);
  const known = new WeakMap<tf.DataId, Logarithm>(), kept: tf.Tensor[] = [], made = new Set<tf.DataId>();
  let busy = false;
  const alone = <T>(work: () => T): T => {
    busy = true;
    try {
      return work();
    } finally {
      busy = false;
    }
  };
  const keep = (tensor: tf.Tensor): tf.Tensor => {
    const copy = tf.keep(tensor.clone());
    kept.push(copy);
    return copy;
  };
  const logarithm = (x: tf.Tensor): Logarithm | undefined => {
    const found = known.get(x.dataId); // which clones share
    return found && { ...found, log: () => found.log().reshape(x.shape) };
  };
  engine.runKernel = (kernel, inputs, attributes = {}) => {
    if (busy || engine.state.kernelDepth > 0 || underGradientRules()) {
      return before(kernel, inputs, attributes);
    }
    const x = inputs["x"], of = kernel === "Log" ? logarithm(x!) : undefined;
    if (of !== undefined && !of.isTotal) {
      const logs = alone(() => logOf(x!, of));
      made.add(logs.dataId);
      return logs;
    }
    const result = before(kernel, inputs, attributes), rule = logRules[kernel];
    if (rule !== undefined && !(result instanceof Array)) {
      const run = {
        inputs,
        attributes: attributes as Record<string, unknown>,
        output: result,
        logarithm,
        keep,
      };
      const found = alone(() => rule(run));
      if (found !== undefined) known.set(result.dataId, found);
      if (PASSING.has(kernel) && Object.values(inputs).some(({ dataId }) => made.has(dataId))) {
        made.add(result.dataId);
      }
    }
    return result;
  };
  try {
    const outputs = fn();
    if (!(outputs instanceof tf.Tensor)) return outputs;
    const of = logarithm(outputs);
    const logits = of === undefined || of.isTotal
      ? outputs
      : alone(() => tf.where(isSure(outputs, of), of.log(), outputs) as Logits);
    if (made.size > 0 && !made.has(outputs.dataId)) reordered.add(logits);
    return logits;
  } finally {
    if (own) Object.defineProperty(engine, "runKernel", own);
    else delete (engine as Partial<Engine>).runKernel;
    tf.dispose(kept);
  }
}

/** What was computed further from logarithms that may stand for minus infinity. */
const reordered = new WeakSet<tf.Tensor>();

/**
 * Whether logits that were computed {@linkcode inLogDomain} may rank the classes otherwise than the plain ones: where the
 * classifier goes on computing with logarithms that may be minus infinity when they are computed plainly (a sum of two, say).
 * It is known from the kernels, not from the values.
 *
 * @param logits What {@linkcode inLogDomain} returned, itself.
 */
export function mayRankOtherwise(logits: Logits): boolean {
  return reordered.has(logits);
}

/** log x, by logarithms where x has lost its digits. */
function logOf(x: tf.Tensor, of: Logarithm): tf.Tensor {
  const tiny = mask(x, (x) => {
    const tiny = x.less(LEAST).logicalAnd(x.greaterEqual(0));
    return tiny.logicalAnd(tiny.logicalNot().any(-1, true));
  });
  const lost = of.hidden ? mask(isSure(x, of), (sure) => sure.logicalOr(mask(tiny, (tiny) => tiny))) : tiny;
  // A slope at 0 would be infinite, and infinity times 0 NaN.
  return tf.where(lost, of.log(), tf.where(lost, 1, x).log());
}

/** Where all numbers of a row but one are faint or hidden: their gradient is zero, or rounding. A mask like x. */
function isSure(x: tf.Tensor, of: Logarithm): tf.Tensor {
  const faint = of.hidden?.() ?? mask(x, (x) => x.less(FAINT)), classes = x.shape.at(-1) ?? 1;
  return mask(faint.reshape(x.shape), (faint) => {
    return faint.cast("float32").sum(-1, true).equal(classes - 1).logicalAnd(tf.onesLike(faint).cast("bool"));
  });
}
