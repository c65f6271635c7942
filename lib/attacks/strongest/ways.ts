import {
  bend,
  type Classifier,
  counted,
  type GradientRule,
  type GradientRules,
  type Images,
  taped,
  tf,
  uncounted,
} from "../../tensor/mod.ts";

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

function bound(bent: ReturnType<typeof bend>): Pick<Way, "surrogate" | "dispose"> {
  return { surrogate: bent, dispose: () => bent.dispose() };
}
