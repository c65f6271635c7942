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

/** A way to differentiate a victim: what takes its place when the gradient is taken. */
export interface Way {
  /** What a record calls it. */
  readonly name: string;
  /** What is differentiated. */
  readonly surrogate: Classifier;
  /** Whether its values are the victim's, so that it can tell by itself what has fallen. */
  readonly values: "the victim's" | "its own";
  /** Frees the graphs that were made for it. */
  dispose(): void;
}

/** Kernels that jump: their gradient is 0 everywhere, or TensorFlow.js has none. */
const JUMPS = [
  ...["Round", "Floor", "Ceil", "Sign", "Step", "Greater", "GreaterEqual", "Less", "LessEqual"],
  ...["LogicalAnd", "LogicalOr", "LogicalNot", "Select", "OneHot"],
];
/** Kernels that stop at a limit. */
const CLIPS = ["ClipByValue", "Maximum", "Minimum"];
/** Kernels that stop at 0. */
const BENDS = ["Relu", "Relu6"];
/** Of the jumps, and beside them: what has no gradient at all. */
const NONE = [...JUMPS, "Equal", "NotEqual"];

/** Which rule the jumps, the clips and the ReLUs get; without one they keep their gradient. */
interface Style {
  readonly jumps?: GradientRule;
  readonly clips?: GradientRule;
  readonly bends?: GradientRule;
}

/** Ways from the plainest to the most drastic. */
const styles: Readonly<Record<string, Style>> = {
  "exact": {},
  "straight-through": { jumps: "identity" },
  "straight-through, clip too": { jumps: "identity", clips: "identity" },
  "straight-through, leaky": { jumps: "identity", clips: "smooth", bends: "smooth" },
  "smooth": { jumps: "smooth" },
  "smooth, leaky clip": { jumps: "smooth", clips: "smooth" },
  "smooth, leaky": { jumps: "smooth", clips: "smooth", bends: "smooth" },
};

/** The gradients of a style, of those kernels that there are. */
function rulesOf({ jumps, clips, bends }: Style, kernels: ReadonlySet<string>): GradientRules {
  const rules: Record<string, GradientRule> = {};
  const give = (rule: GradientRule | undefined, names: readonly string[]) => {
    for (const name of names) if (rule !== undefined && kernels.has(name)) rules[name] = rule;
  };
  // A comparison stops TensorFlow.js, even where nothing of it matters. Its true gradient is 0.
  give("zero", NONE.filter((name) => tf.getGradient(name) === undefined));
  give(jumps, JUMPS);
  give(clips, CLIPS);
  give(bends, BENDS);
  return rules;
}

/**
 * The ways to differentiate a victim that differ, for it: by rules for the kernels that it runs, and by the surrogates that
 * were given. Where it has custom gradients of its own, also the ways that look inside of them.
 *
 * @param victim What is attacked.
 * @param images Of which the first is classified, to see which kernels that runs.
 * @param surrogates Given by the user.
 * @returns The kernels, and the ways, the caller's to dispose.
 */
export function waysOf(
  victim: Classifier,
  images: Images,
  surrogates: Readonly<Record<string, Classifier>>,
): { readonly kernels: readonly string[]; readonly ways: readonly Way[] } {
  const look = (where: "around" | "within") =>
    taped(() => uncounted(victim)(images.slice(0, 1) as Images), where);
  const around = look("around"), custom = around.has("CustomGrad");
  const known = new Set<string>(), ways: Way[] = [];
  const add = (name: string, rules: GradientRules) => {
    const key = JSON.stringify(rules);
    if (known.has(key)) return;
    known.add(key);
    ways.push({ name, values: "the victim's", ...bound(bend(victim, rules)) });
  };
  for (const [name, style] of Object.entries(styles)) add(name, rulesOf(style, around));
  const within = custom ? look("within") : new Set<string>();
  for (const [name, style] of Object.entries(custom ? styles : {})) {
    add(`${name}, within custom gradients`, { ...rulesOf(style, within), CustomGrad: "within" });
  }
  for (const [name, surrogate] of Object.entries(surrogates)) {
    ways.push({ name, surrogate: counted(surrogate), values: "its own", dispose() {} });
  }
  return { kernels: [...new Set([...around, ...within])].sort(), ways };
}

/** The way in which probabilities are computed by their logarithms. */
export const BY_LOGARITHMS = "by logarithms";

/** Kernels whose slope may be infinite, or infinity times 0. */
const STEEP = [
  ...["Log", "Log1p", "Sqrt", "Rsqrt", "Pow", "Reciprocal", "RealDiv"],
  ...["Acos", "Acosh", "Asin", "Atanh", "Tan", "Exp", "Expm1"],
];
/** Kernels that make probabilities of logits, and logits of probabilities; where they are sure, their slope is 0. */
const PROBABILITIES = ["Softmax", "Log"];

/** A kernel's own gradient, finite whatever flows back. */
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

/** A kernel of one input whose gradient passes as if it returned its input. */
function passedOver(input: string): KernelGradient {
  return { gradFunc: (dy) => ({ [input]: () => (dy as tf.Tensor).clone() }) };
}

/**
 * Further ways, for a victim whose own gradient is zero or not finite on some images: one in which each kernel's slope is
 * finite, one that computes probabilities by their logarithms (`inLogDomain`), and one that passes over what makes
 * probabilities of logits. There is none where the victim runs no such kernels.
 *
 * @param victim What is attacked.
 * @param kernels Those that it runs.
 * @param trouble What is wrong with its gradient: where it is zero alone, finite slopes do not help.
 * @returns The ways, the caller's to dispose.
 */
export function otherWays(
  victim: Classifier,
  kernels: readonly string[],
  trouble: "zero" | "not finite",
): readonly Way[] {
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
  const ways: Way[] = [];
  if (Object.keys(slopes).length > 0) {
    ways.push({ name: "finite slopes", values: "the victim's", ...bound(bend(victim, slopes)) });
  }
  if (made.length > 0) {
    // Without rules, not even none: attacks compute it in the log domain.
    ways.push({ name: BY_LOGARITHMS, values: "the victim's", surrogate: counted(victim), dispose() {} });
    const plain = uncounted(victim), floored = (images: Images): Logits => floor(plain(images));
    ways.push({ name: "probabilities passed over", values: "its own", ...bound(bend(floored, over)) });
  }
  return ways;
}

/** The least logarithm of a probability from which the losses still have a slope in float32. */
const FLOOR = -20;

/** The logits, none below {@linkcode FLOOR}; the gradient passes as if there were no floor. */
function floor(logits: Logits): Logits {
  return straightThrough((z: Logits) => z.maximum<Logits>(FLOOR))(logits);
}

/** What TensorFlow.js calls the input of a kernel. */
const INPUTS: Readonly<Record<string, string>> = { Softmax: "logits", Log: "x" };

function bound(bent: ReturnType<typeof bend>): Pick<Way, "surrogate" | "dispose"> {
  return { surrogate: bent, dispose: () => bent.dispose() };
}
