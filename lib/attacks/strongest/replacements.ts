import {
  bend,
  type Classifier,
  counted,
  type GradientRule,
  type GradientRules,
  type Images,
  type KernelGradient,
  type Logits,
  straightThrough,
  taped,
  tf,
  uncounted,
} from "../../tensor/mod.ts";
import { finite } from "../steps/finite.ts";

/** A replacement of a victim's gradient, as in BPDA: the classifier that is differentiated instead of the victim. */
export interface Replacement {
  /** Its name in a record. */
  readonly name: string;
  /** The classifier that is differentiated. */
  readonly surrogate: Classifier;
  /** Whether its logits are the victim's. If so, the victim need not be asked whether an image has fallen. */
  readonly values: "the victim's" | "its own";
  /** Frees its compiled graphs. */
  dispose(): void;
}

/** Step functions: their gradient is 0 everywhere, or TensorFlow.js has none. */
const JUMPS = [
  ...["Round", "Floor", "Ceil", "Sign", "Step", "Greater", "GreaterEqual", "Less", "LessEqual"],
  ...["LogicalAnd", "LogicalOr", "LogicalNot", "Select", "OneHot"],
];
/** Kernels that are constant beyond a limit. */
const CLIPS = ["ClipByValue", "Maximum", "Minimum"];
/** Kernels that are constant below 0. */
const BENDS = ["Relu", "Relu6"];
/** Kernels that may have no gradient in TensorFlow.js. */
const NONE = [...JUMPS, "Equal", "NotEqual"];

/** The gradient rules of step functions, clips and ReLUs; without a rule they keep their gradient. */
interface Style {
  readonly jumps?: GradientRule;
  readonly clips?: GradientRule;
  readonly bends?: GradientRule;
}

/** The styles, from the smallest change of the gradient to the largest. */
const styles: Readonly<Record<string, Style>> = {
  "exact": {},
  "straight-through": { jumps: "identity" },
  "straight-through, clip too": { jumps: "identity", clips: "identity" },
  "straight-through, leaky": { jumps: "identity", clips: "smooth", bends: "smooth" },
  "smooth": { jumps: "smooth" },
  "smooth, leaky clip": { jumps: "smooth", clips: "smooth" },
  "smooth, leaky": { jumps: "smooth", clips: "smooth", bends: "smooth" },
};

/** The gradient rules of a style for the kernels that a victim runs. */
function rulesOf({ jumps, clips, bends }: Style, kernels: ReadonlySet<string>): GradientRules {
  const rules: Record<string, GradientRule> = {};
  const give = (rule: GradientRule | undefined, names: readonly string[]) => {
    for (const name of names) if (rule !== undefined && kernels.has(name)) rules[name] = rule;
  };
  // Without a gradient of a comparison TensorFlow.js throws, even if the gradient does not depend on it. It is 0.
  give("zero", NONE.filter((name) => tf.getGradient(name) === undefined));
  give(jumps, JUMPS);
  give(clips, CLIPS);
  give(bends, BENDS);
  return rules;
}

/**
 * The replacements of a victim's gradient: one for each style that changes the gradient of a kernel that the victim runs, and
 * one for each surrogate of the user. If the victim has custom gradients, also one for each style that differentiates the
 * function inside them.
 *
 * @param victim The classifier that is attacked.
 * @param images The first of them is classified, to see which kernels the victim runs.
 * @param surrogates The surrogates of the user, by name.
 * @returns The kernels, and the replacements, which the caller disposes.
 */
export function replacementsOf(
  victim: Classifier,
  images: Images,
  surrogates: Readonly<Record<string, Classifier>>,
): { readonly kernels: readonly string[]; readonly replacements: readonly Replacement[] } {
  const look = (where: "around" | "within") =>
    taped(() => uncounted(victim)(images.slice(0, 1) as Images), where);
  const around = look("around"), custom = around.has("CustomGrad");
  const known = new Set<string>(), replacements: Replacement[] = [];
  const add = (name: string, rules: GradientRules) => {
    const key = JSON.stringify(rules);
    if (known.has(key)) return;
    known.add(key);
    replacements.push({ name, values: "the victim's", ...bound(bend(victim, rules)) });
  };
  for (const [name, style] of Object.entries(styles)) add(name, rulesOf(style, around));
  const within = custom ? look("within") : new Set<string>();
  for (const [name, style] of Object.entries(custom ? styles : {})) {
    add(`${name}, within custom gradients`, { ...rulesOf(style, within), CustomGrad: "within" });
  }
  for (const [name, surrogate] of Object.entries(surrogates)) {
    replacements.push({ name, surrogate: counted(surrogate), values: "its own", dispose() {} });
  }
  return { kernels: [...new Set([...around, ...within])].sort(), replacements };
}

/** The name of the replacement that computes probabilities by their logarithms. */
export const BY_LOGARITHMS = "by logarithms";

/** Kernels whose derivative may be infinite, or infinity times 0. */
const STEEP = [
  ...["Log", "Log1p", "Sqrt", "Rsqrt", "Pow", "Reciprocal", "RealDiv"],
  ...["Acos", "Acosh", "Asin", "Atanh", "Tan", "Exp", "Expm1"],
];
/** Kernels from logits to probabilities and back. For a very confident prediction their derivative is 0. */
const PROBABILITIES = ["Softmax", "Log"];

/** A kernel's own gradient, made finite. */
function finiteGradient(kernel: string): KernelGradient | undefined {
  const own = tf.getGradient(kernel);
  return own && {
    inputsToSave: own.inputsToSave ?? [],
    outputsToSave: own.outputsToSave ?? [],
    gradFunc(dy, saved, attributes) {
      const slopes = own.gradFunc(dy as tf.Tensor, saved, attributes as never);
      return Object.fromEntries(
        Object.entries(slopes).map(([input, slope]) => [input, () => finite(slope())]),
      );
    },
  };
}

/** The gradient of the identity, for a kernel with one input. */
function passedOver(input: string): KernelGradient {
  return { gradFunc: (dy) => ({ [input]: () => (dy as tf.Tensor).clone() }) };
}

/**
 * More replacements, for a victim whose own gradient is zero or not finite on some images: one with finite derivatives of all
 * kernels, one that computes probabilities by their logarithms (`inLogDomain`), and one with the identity's gradient for
 * softmax and logarithm. A replacement is left out if the victim runs no such kernel.
 *
 * @param victim The classifier that is attacked.
 * @param kernels The kernels that it runs.
 * @param trouble What is wrong with its gradient. If it is only zero, finite derivatives do not help.
 * @returns The replacements, which the caller disposes.
 */
export function moreReplacements(
  victim: Classifier,
  kernels: readonly string[],
  trouble: "zero" | "not finite",
): readonly Replacement[] {
  const steep = STEEP.filter((kernel) => trouble === "not finite" && kernels.includes(kernel));
  const made = PROBABILITIES.filter((kernel) => kernels.includes(kernel));
  const slopes = Object.fromEntries(
    steep.flatMap((kernel) => {
      const gradient = finiteGradient(kernel);
      return gradient ? [[kernel, gradient]] : [];
    }),
  );
  const over = {
    ...slopes,
    ...Object.fromEntries(made.map((kernel) => [kernel, passedOver(INPUTS[kernel]!)])),
  };
  const replacements: Replacement[] = [];
  if (Object.keys(slopes).length > 0) {
    replacements.push({ name: "finite slopes", values: "the victim's", ...bound(bend(victim, slopes)) });
  }
  if (made.length > 0) {
    // Not bent at all, so that attacks compute it in the log domain.
    replacements.push({
      name: BY_LOGARITHMS,
      values: "the victim's",
      surrogate: counted(victim),
      dispose() {},
    });
    const plain = uncounted(victim), floored = (images: Images): Logits => floor(plain(images));
    replacements.push({
      name: "probabilities passed over",
      values: "its own",
      ...bound(bend(floored, over)),
    });
  }
  return replacements;
}

/** The smallest logarithm of a probability for which the gradient of the losses is not 0 in float32. */
const FLOOR = -20;

/** The logits, at least {@linkcode FLOOR}, with a straight-through gradient. */
function floor(logits: Logits): Logits {
  return straightThrough((z: Logits) => z.maximum<Logits>(FLOOR))(logits);
}

/** The names of the inputs of kernels in TensorFlow.js. */
const INPUTS: Readonly<Record<string, string>> = { Softmax: "logits", Log: "x" };

function bound(bent: ReturnType<typeof bend>): Pick<Replacement, "surrogate" | "dispose"> {
  return { surrogate: bent, dispose: () => bent.dispose() };
}
