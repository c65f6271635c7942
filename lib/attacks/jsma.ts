import { type Settings, size, word } from "../kinds/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  gradientAt,
  type Images,
  type Labels,
  type Logits,
  pause,
  tf,
  valueAndGradients,
} from "../tensor/mod.ts";
import { classGradients } from "./steps/class_gradients.ts";
import { salientPair } from "./jsma/salient_pair.ts";
import { batchSizeFor, padding } from "./active_set.ts";
import { finite } from "./steps/finite.ts";
import { lead, leadOf } from "../judge/mod.ts";
import { logitsToClimb, logitsToTell } from "./steps/logits_to_climb.ts";
import { checkBatch } from "./steps/check_batch.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import {
  farIfFailed,
  inBall,
  type MinimalOptions,
  type MinimalResult,
  minimalSettings,
  ofNothing,
} from "./steps/minimal.ts";

/** How {@linkcode jsma} searches; the defaults are the paper's. */
export interface JsmaOptions extends Omit<MinimalOptions, "confidence"> {
  /** θ: by how much a feature changes each time, in [−1, 1]; above 0 towards white, below 0 towards black. Default 1. */
  readonly theta?: number;
  /** Υ, in [0, 1]: the share of the features that may change. Default 0.145. */
  readonly gamma?: number;
  /** How often a feature may change: until it is black or white, or once. Default `"until black or white"`. */
  readonly reuse?: "until black or white" | "never";
  /**
   * Where to without targets: towards the class that is the `"likeliest"` wrong one at the moment; `"away"` from the
   * label to the sum of all others (Wiyatno & Xu 2018, non-targeted); or each time to the class whose pair has the
   * largest saliency of all (theirs, `"maximal"`), which takes the gradients of all classes. Default `"likeliest"`,
   * which needed the fewest changes of the three on each of the networks that this was tried on.
   */
  readonly untargeted?: "likeliest" | "away" | "maximal";
}

/** {@linkcode jsma} as data. */
export type JsmaSpec = SpecOf<"jsma", JsmaOptions>;

const { confidence: _, ...plain } = minimalSettings;
const settings: Settings = {
  ...plain,
  theta: {
    wanted: "a number in [-1, 1] but 0",
    accepts: (value) => typeof value === "number" && value !== 0 && Math.abs(value) <= 1,
    default: 1,
  },
  gamma: size({ most: 1, default: 0.145 }),
  reuse: word(["until black or white", "never"], { default: "until black or white" }),
  untargeted: word(["likeliest", "away", "maximal"], { default: "likeliest" }),
};

async function attack(
  surrogate: Classifier,
  batch: Batch,
  options: JsmaOptions = {},
): Promise<MinimalResult> {
  const { targets, theta = 1, gamma = 0.145, reuse = "until black or white" } = options;
  await checkBatch(batch, { surrogate, targets });
  if (batch.images.shape[0] === 0) return ofNothing(batch);
  const { images: original, labels } = batch, [count, ...shape] = original.shape;
  const features = tf.util.sizeFromShape(shape), aim = targets ? "target" : options.untargeted ?? "likeliest";
  const pairs = Math.floor(gamma * features / 2 + 1e-9); // 0.29 · 100 / 2 is to be 14.5, not less
  const classes = await (targets ?? labels).data() as Int32Array;
  const values = (await original.data() as Float32Array).slice();
  const end = theta > 0 ? 1 : 0, open = Uint8Array.from(values, (value) => value === end ? 0 : 1);

  let rows = Array.from({ length: count }, (_, row) => row);
  for (let step = 0; step < pairs && rows.length > 0; step++) {
    await pause(options.signal);
    const { over, u, v, maps } = await slopes(surrogate, values, { rows, shape, classes, aim, theta });
    rows = rows.filter((row, i) => {
      if (over[i]! > 0) return false;
      const from = row * features, free = open.subarray(from, from + features);
      const pair = Array.from({ length: maps }, (_, map) => {
        const [begin, stop] = [(i * maps + map) * features, (i * maps + map + 1) * features];
        return salientPair(u.subarray(begin, stop), v.subarray(begin, stop), free);
      }).reduce((best, rival) => (rival?.score ?? 0) > (best?.score ?? 0) ? rival : best);
      if (pair === undefined) return false;
      for (const feature of [pair.p, pair.q]) {
        const value = Math.fround(Math.min(1, Math.max(0, values[from + feature]! + theta)));
        values[from + feature] = value;
        if (reuse === "never" || value === end) free[feature] = 0;
      }
      return true;
    });
  }
  return tf.tidy(() => {
    const found = tf.tensor4d(values, original.shape);
    const success = leadOf(surrogate, found, labels, targets).greater<tf.Tensor1D>(0);
    const images = tf.where<Images>(success.reshape([-1, 1, 1, 1]), found, original);
    const result = inBall(surrogate, batch, { images, success }, { ...options, norm: "l1" });
    return {
      ...result,
      distance: farIfFailed(
        result.success,
        result.images.notEqual(original).cast("float32").sum<tf.Tensor1D>([1, 2, 3]),
      ),
    };
  });
}

/**
 * The Jacobian-based saliency map attack (Papernot et al. 2016, Algorithms 2 and 3): few features, changed much, two at
 * a time. A feature is one channel of one pixel.
 *
 * With α = Σ ∂z_t and β = Σ_{j≠t} ∂z_j over the two features of a pair, t the target, z the logits, the pair with
 * α > 0, β < 0 and the largest −αβ is moved by θ (for θ < 0: α < 0, β > 0), until the image is classified as wanted, or
 * ⌊Υ n / 2⌋ pairs have been moved, or no pair is left.
 *
 * The pair is found exactly, without the n² numbers of all pairs: memory holds the two gradients of a batch, the images
 * and gradients once more in JavaScript, and a few numbers for each feature. A step takes two passes forwards and two
 * back, for `"maximal"` as many as there are classes; images that are done take none.
 *
 * Departure: the paper does not say what to do where no pair fits; here the image's search ends. Without targets any
 * wrong class is a success; the paper has none without. An image that is classified as wanted already is a success at
 * distance 0. Failures come back as they were.
 *
 * Where libraries differ. All but ART take the logits and this map; ART takes the two features of the largest ∂z_t,
 * whatever the other classes do. torchattacks counts a feature above 0.99 (0.01) as white (black) and moves ⌈Υ n / 2⌉
 * pairs; for θ < 0 its map is of the wrong sign, and it only ever moves the first feature, as it does, like cleverhans,
 * where no pair fits. In cleverhans θ < 0 makes images brighter. These and advertorch take a feature once
 * (`reuse: "never"`), advertorch white ones too.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options How the features change, how many, and towards which classes.
 * @returns The images, which of them succeeded, and how many features of each have changed (not a length).
 * @throws {RangeError} Where θ or Υ make no sense, the surrogate does not return logits, or values do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jsma } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the lower row is brighter than the upper one.
 * const classifier = (x: tf.Tensor4D) => {
 *   const rows = x.mean<tf.Tensor2D>([2, 3]);
 *   return rows.sub<tf.Tensor2D>(rows.reverse(1));
 * };
 * const batch = { images: tf.tensor4d([0.9, 0.8, 0.5, 0.5], [1, 2, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const { images, distance } = await jsma(classifier, batch, { gamma: 0.5 });
 * assertEquals([...await images.mul(10).round().data()], [9, 8, 10, 10]);
 * assertEquals([...await distance.data()], [2]);
 * ```
 */
export const jsma: Attack<
  (surrogate: Classifier, batch: Batch, options?: JsmaOptions) => Promise<MinimalResult>,
  JsmaSpec
> = defineAttack(attack, {
  name: "jsma",
  title: "JSMA",
  source: "Papernot et al. 2016",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
});

type Aim = "target" | "likeliest" | "away" | "maximal";

/** Of some of the images how far they are over the boundary, and their slopes: `maps` rows of features for each. */
interface Slopes {
  readonly over: Float32Array;
  /** How much each feature moves what is wanted, where it moves by θ: α, or −α for θ < 0. */
  readonly u: Float32Array;
  /** How much it moves the rest, downwards: −β, or β for θ < 0. */
  readonly v: Float32Array;
  readonly maps: number;
}

async function slopes(
  surrogate: Classifier,
  values: Float32Array,
  { rows, shape, classes, aim, theta }: {
    readonly rows: readonly number[];
    readonly shape: readonly number[];
    readonly classes: Int32Array;
    readonly aim: Aim;
    readonly theta: number;
  },
): Promise<Slopes> {
  const paddedRows = padding(rows, batchSizeFor(rows.length, classes.length)), size = paddedRows.length;
  const features = tf.util.sizeFromShape([...shape]), some = new Float32Array(size * features);
  paddedRows.forEach((row, i) =>
    some.set(values.subarray(row * features, (row + 1) * features), i * features)
  );
  const theirs = Int32Array.from(paddedRows, (row) => classes[row]!);
  const [over, u, v] = tf.tidy(() => {
    const inputs = [
      tf.tensor(some, [size, ...shape]),
      tf.tensor1d(theirs, "int32"),
      tf.scalar(Math.sign(theta)),
    ];
    return evaluated(surrogate, `saliency, ${aim}`, inputs, (x, y, sign) => {
      const { over, towards, against } = saliency(surrogate, x as Images, y as Labels, aim);
      const flat = (slope: tf.Tensor) => slope.reshape([size, -1, features]).mul(sign!);
      return [over, flat(towards), flat(against.neg())];
    });
  }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  try {
    const [a, b, c] = await Promise.all([over.data(), u.data(), v.data()]) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    return { over: a, u: b, v: c, maps: u.shape[1]! };
  } finally {
    tf.dispose([over, u, v]);
  }
}

const FAR = 1e30;

/** How far over the boundary, and the slopes of what is wanted and of the rest: `[n, h, w, c]`, or for each class. */
function saliency(surrogate: Classifier, images: Images, given: Labels, aim: Aim): {
  readonly over: tf.Tensor1D;
  readonly towards: tf.Tensor;
  readonly against: tf.Tensor;
} {
  const one = (logits: Logits) => tf.oneHot(given, logits.shape[1]).cast<Logits>("float32");
  const over = (logits: Logits) => lead(logits, given, aim === "target" ? given : undefined);
  if (aim === "maximal") {
    const [logits, gradients, told] = classGradients(surrogate, images); // [n, k], [n, k, h, w, c]
    const wrong = one(logits).equal(0).reshape([...logits.shape, 1, 1, 1]);
    return {
      over: over(told),
      towards: tf.where(wrong, gradients, 0), // with a slope of 0 no pair leads to the label
      against: gradients.sum(1, true).sub(gradients),
    };
  }
  const wanted = (logits: Logits): tf.Tensor1D => {
    switch (aim) {
      case "target":
        return logits.mul(one(logits)).sum(1);
      case "likeliest":
        return logits.sub(one(logits).mul(FAR)).max(1);
      case "away":
        return logits.sub(logits.mul(one(logits))).sum(1);
      default:
        throw new RangeError(`Cannot aim at ${aim satisfies never}: known are likeliest, away, maximal`);
    }
  };
  const { gradients, aux } = valueAndGradients(({ x }) => {
    const logits = logitsToClimb(surrogate, x as Images);
    return { loss: wanted(logits).sum(), aux: { told: logitsToTell(surrogate, x as Images, logits) } };
  }, { x: images });
  const rest = (x: Images): tf.Scalar => {
    const logits = logitsToClimb(surrogate, x);
    return logits.sum<tf.Scalar>().sub(wanted(logits).sum());
  };
  return {
    over: over(aux.told as Logits),
    towards: finite(gradients.x!),
    against: finite(gradientAt(rest, images)),
  };
}
