import { checkSettings, type Settings, size, word } from "../kinds/mod.ts";
import { type Classifier, type Images, type Logits, random, tf } from "../tensor/mod.ts";
import { seed } from "./steps/attack_options.ts";

/** How {@linkcode diverseInput} changes the images. */
export interface DiverseInputOptions {
  /** p: how likely the images are changed at all. Default 0.5. */
  readonly probability?: number;
  /**
   * The extreme size over the images' own. Below 1: shrunk to between `rate` and 1 of their side, then padded to it,
   * so that any classifier will do. Above 1: enlarged to between 1 and `rate`, then padded to `rate`, for classifiers
   * that take images of any size. Default 0.9, 28 to 32 of 32 pixels; the paper has 330 / 299 for ImageNet.
   */
  readonly rate?: number;
  /** Which pixels make a resized one: the paper's `"nearest"`, or `"bilinear"`. Default `"bilinear"`. */
  readonly method?: "nearest" | "bilinear";
  /** Fixes the draw. Default 0. */
  readonly seed?: number;
}

/** The settings of {@linkcode DiverseInputOptions}. */
export const diverseInputSettings: Settings = {
  probability: size({ most: 1, default: 0.5 }),
  rate: size({ above: 0, default: 0.9 }),
  method: word(["nearest", "bilinear"], { default: "bilinear" }),
  seed,
};

/**
 * Input diversity (Xie et al. 2019): the classifier as it sees images that were, with probability p, resized at random
 * and padded with black at random. Gradients taken through it fit one network less closely, and so transfer better.
 *
 * One draw for all images of a batch, as in the authors' code, and one for each seed: wrap the attack in `redrawn` to
 * draw anew in each step (DI²-FGSM with `bimAttack`, M-DI²-FGSM with `momentumAttack`). With `eot` it gives the
 * expectation over such draws.
 *
 * Departure: by default images are shrunk and padded to their own size, since at 32 pixels classifiers often take that
 * size alone; so does torchattacks. All sizes from the smallest to the largest are drawn, the largest too.
 *
 * @param classifier What is differentiated, images `[n, h, w, c]` to logits.
 * @param options How often and how much.
 * @returns A function of the images alone: the same draw at each call.
 * @throws {RangeError} Where the probability is not in [0, 1], or the rate is not above 0 and finite.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { diverseInput } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const seen: number[][] = [];
 * const classifier = (x: tf.Tensor4D) => {
 *   seen.push(x.shape);
 *   return x.mean<tf.Tensor2D>([1, 2]);
 * };
 * diverseInput(classifier, { probability: 1, rate: 1.125, seed: 1 })(tf.ones([2, 32, 32, 3]));
 * assertEquals(seen, [[2, 36, 36, 3]]);
 * ```
 */
export function diverseInput(
  classifier: Classifier,
  options: DiverseInputOptions = {},
): Classifier {
  checkSettings("diverseInput", diverseInputSettings, options);
  const { probability = 0.5, rate = 0.9, method = "bilinear", seed = 0 } = options;
  return (images: Images): Logits => {
    const [, height, width] = images.shape, next = random(seed);
    if (next() >= probability) return classifier(images);
    // One number for both sides, so that images keep their proportions.
    const size = next(),
      rows = placed(height, rate, size, next()),
      columns = placed(width, rate, size, next());
    return classifier(
      resized(images, tf.tensor2d(weights(rows, method)), tf.tensor2d(weights(columns, method))),
    );
  };
}

/** Where a resized side lies within the padded one. */
interface Placed {
  /** The side as it was, resized, and with its padding, in pixels. */
  readonly from: number;
  readonly to: number;
  readonly padded: number;
  /** How much padding comes before it. */
  readonly before: number;
}

function placed(from: number, rate: number, size: number, offset: number): Placed {
  const extreme = Math.max(1, Math.floor(from * rate)), least = Math.min(from, extreme);
  const padded = Math.max(from, extreme), to = least + Math.floor(size * (padded - least + 1));
  return { from, to, padded, before: Math.floor(offset * (padded - to + 1)) };
}

/** Resizing and padding are linear: the matrix, padded × from, of which the rows of the padding are 0. */
function weights({ from, to, padded, before }: Placed, method: "nearest" | "bilinear"): number[][] {
  const matrix = Array.from({ length: padded }, () => new Array<number>(from).fill(0));
  for (let i = 0; i < to; i++) {
    const row = matrix[before + i]!;
    if (method === "nearest") {
      row[Math.floor(i * from / to)] = 1;
    } else {
      const place = Math.min(Math.max((i + 0.5) * from / to - 0.5, 0), from - 1); // between centres of pixels
      const first = Math.floor(place), second = Math.min(first + 1, from - 1);
      row[first]! += 1 - (place - first);
      row[second]! += place - first;
    }
  }
  return matrix;
}

function resized(images: Images, rows: tf.Tensor2D, columns: tf.Tensor2D): Images {
  const [n, h, w, c] = images.shape, [tall] = rows.shape, [wide] = columns.shape;
  const down = rows.matMul(images.transpose([1, 0, 2, 3]).reshape<tf.Tensor2D>([h, -1])); // [tall, n w c]
  const across = down.reshape([tall, n, w, c]).transpose([2, 1, 0, 3]).reshape<tf.Tensor2D>([w, -1]);
  return columns.matMul(across).reshape([wide, n, tall, c]).transpose([1, 2, 0, 3]); // [n, tall, wide, c]
}
