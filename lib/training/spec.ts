import type { AttackSpec } from "../attacks/mod.ts";
import type { Augmentation, DatasetName } from "../data/mod.ts";
import type { DetectorSpec, GeneratorSpec, ResNetSpec, VggSpec } from "../networks/mod.ts";
import type { Adversary } from "./adversary.ts";

/** How a classifier is trained, as data; see {@linkcode fitClassifier}. */
export interface ClassifierTraining {
  /** The first so many of the training images are used. */
  readonly examples: number;
  /** Images seen in all, each many times. */
  readonly images: number;
  /** Images a step. */
  readonly batch: number;
  /** The cosine schedule's peak learning rate. */
  readonly rate: number;
  /** Random changes of the images. */
  readonly augment: Augmentation;
  /** What attacks each batch before it is learned from; without it, nobody. */
  readonly adversary?: Adversary;
}

/** A classifier, as data: enough to train it again. */
export interface ClassifierSpec {
  /** Tells the kinds of specs apart. */
  readonly kind: "classifier";
  /** The architecture. */
  readonly network: ResNetSpec | VggSpec;
  /** What it is trained on. */
  readonly data: DatasetName;
  /** How it is trained. */
  readonly training: ClassifierTraining;
  /** Fixes all that is random. */
  readonly seed: number;
}

/** A classifier with Parametric Noise Injection on its weights, as data: enough to train it again. */
export interface ParametricNoiseSpec {
  /** Tells the kinds of specs apart. */
  readonly kind: "parametric noise";
  /** The architecture, to whose weights the noise is added. */
  readonly network: ResNetSpec | VggSpec;
  /** What it is trained on. */
  readonly data: DatasetName;
  /** How it is trained; see {@linkcode fitParametricNoise}. */
  readonly training: ClassifierTraining & {
    /** What attacks each batch, and what the clean images weigh. */
    readonly adversary: Adversary;
    /** What each α begins with. */
    readonly alpha: number;
    /** L2 weight decay of the parameters, and of the α. */
    readonly weightDecay: { readonly parameters: number; readonly alphas: number };
  };
  /** Fixes all that is random. */
  readonly seed: number;
}

/** A generative cleaning network, as data: enough to train it again. */
export interface GclnSpec {
  /** Tells the kinds of specs apart. */
  readonly kind: "gcln";
  /** The target classifier C. */
  readonly classifier: ClassifierSpec;
  /** The network whose feature maps the perceptual loss compares, and which of its layers. */
  readonly features: { readonly of: ClassifierSpec; readonly layers: readonly string[] };
  /** The quantized transform in front of the generator; see {@linkcode QuantizedTransformOptions}. */
  readonly transform: {
    /** The quantization parameter on [0, 1] images: the paper's q = 10 is 10 / 255. */
    readonly q: number;
    /** The side M of a block. */
    readonly block: number;
    /** The block transform T. */
    readonly transform: "dct" | "haar";
    /** The colour space whose channels are transformed. */
    readonly colour: "rgb" | "ycbcr";
  };
  /** The generator G. */
  readonly generator: GeneratorSpec;
  /** The detector D, which only training needs. */
  readonly detector: DetectorSpec;
  /** The attacked images that G learns to clean. */
  readonly attacks: {
    /** What the attacked images Ω* are made with, in turn. */
    readonly by: readonly AttackSpec[];
    /** What the attacker differentiates: the target classifier, or the classifier behind the cleaner as it is now. */
    readonly surrogate: "classifier" | "defended";
    /** How many training images are attacked (the first ones). */
    readonly pool: number;
  };
  /** How G and D are trained; see {@linkcode fitGcln}. */
  readonly training: {
    /** Attacked images seen in all. */
    readonly images: number;
    /** Attacked images a step. */
    readonly batch: number;
    /** λ of Eq. (3). */
    readonly lambda: number;
    /** What the normalised perceptual loss is multiplied with. */
    readonly perceptualScale: number;
    /** Peak learning rates. */
    readonly rates: { readonly generator: number; readonly detector: number };
    /** Whether recovered images join the clean ones (§3.3). */
    readonly recovered: "join" | "ignore";
  };
  /** Fixes all that is random. */
  readonly seed: number;
}

/** Anything that {@link trained} knows how to make. */
export type TrainedSpec = ClassifierSpec | ParametricNoiseSpec | GclnSpec;

/** Raised whenever the code that trains changes what comes out: old weights are then not taken for new ones. */
const CODE_VERSION = 1;

/** JSON with sorted keys, so that equal specs give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

/**
 * The first 12 hexadecimal digits of a value's SHA-256 (as JSON with sorted keys): a key for caches.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { digest } from "@gcln/kit/training";
 *
 * assertEquals(await digest({ a: 1, b: 2 }), await digest({ b: 2, a: 1 }));
 * ```
 */
export async function digest(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(value));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 12);
}

/**
 * A spec's name for people and files, `street-digits-resnet18-3f2a…`: equal specs have equal names, and others others.
 *
 * @example Usage
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { type ClassifierSpec, idOf } from "@gcln/kit/training";
 *
 * const spec: ClassifierSpec = {
 *   kind: "classifier",
 *   network: { architecture: "resnet18", width: 16, classes: 10, channels: 3, stem: 2 },
 *   data: "street-digits",
 *   training: { examples: 8_000, images: 300_000, batch: 128, rate: 0.1, augment: { shift: 2 } },
 *   seed: 1,
 * };
 * assertMatch(await idOf(spec), /^street-digits-resnet18-[0-9a-f]{12}$/);
 * ```
 */
export async function idOf(spec: TrainedSpec): Promise<string> {
  const hash = await digest({ ...spec, code: CODE_VERSION });
  const { data } = spec.kind === "gcln" ? spec.classifier : spec;
  return `${data}-${whatOf(spec)}-${hash}`;
}

/** What a spec makes, in a word or two of its name. */
function whatOf(spec: TrainedSpec): string {
  switch (spec.kind) {
    case "classifier":
      return `${spec.network.architecture}${spec.training.adversary ? "-adversarial" : ""}`;
    case "parametric noise":
      return `${spec.network.architecture}-noise`;
    case "gcln":
      return `gcln-q${Math.round(spec.transform.q * 255)}${
        spec.attacks.surrogate === "defended" ? "-adaptive" : ""
      }`;
    default:
      return spec satisfies never;
  }
}
