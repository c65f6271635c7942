import { type AttackLoss, attackLoss } from "../../attacks/mod.ts";
import { lead, logitsOf } from "../../judge/mod.ts";
import {
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  type TensorFunction,
  tf,
} from "../../tensor/mod.ts";

/** What a surrogate answers to some images, one by one. */
export interface Answers {
  /** The attack's loss. */
  readonly losses: readonly number[];
  /** How far the image is over the boundary: above 0 where it has fallen, never NaN. */
  readonly leads: readonly number[];
}

/** Answers as rows of one tensor, `[2, n]`. */
export function answersOf(logits: Logits, labels: Labels, loss: AttackLoss): tf.Tensor2D {
  return tf.stack([attackLoss(loss, logits, labels), lead(logits, labels)]) as tf.Tensor2D;
}

/** The images of which a surrogate's answers are recorded. */
export interface RecordedImages extends AnswersOptions {
  /** Who is asked. */
  readonly surrogate: Classifier;
  /** `[n, h, w, c]`. */
  readonly images: Images;
}

/**
 * Runs a function that asks a surrogate, and records what the surrogate answers to certain images, so that it need not be
 * asked again.
 *
 * @returns The function's result; and the answers, if the surrogate was asked about these images.
 */
export function recordingAnswers<T>(
  { surrogate, images, labels, loss }: RecordedImages,
  run: (surrogate: Classifier) => T,
): { readonly result: T; readonly answers?: tf.Tensor2D } {
  let recorded: Logits | undefined;
  const recorder: Classifier = (asked) => {
    const logits = surrogate(asked);
    // They are kept, since a gradient that is being taken would free them.
    if (asked.dataId === images.dataId) recorded ??= tf.keep(logits.clone());
    return logits;
  };
  try {
    const result = run(recorder);
    return recorded === undefined ? { result } : { result, answers: answersOf(recorded, labels, loss) };
  } finally {
    recorded?.dispose();
  }
}

/** What answers are about. */
export interface AnswersOptions {
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** What the attack raises. */
  readonly loss: AttackLoss;
}

/** Asks a surrogate about the images of a batch, about the same ones only once. */
export class SurrogateAnswers {
  /** Whom it asks. */
  readonly surrogate: Classifier;
  /** The true classes. */
  readonly labels: Labels;
  /** What the attack raises. */
  readonly loss: AttackLoss;
  readonly #known = new WeakMap<tf.DataId, Answers>(); // a tensor and its clones have one id

  constructor(surrogate: Classifier, { labels, loss }: AnswersOptions) {
    this.surrogate = surrogate;
    this.labels = labels;
    this.loss = loss;
  }

  /** What the surrogate answers to images. It is asked only where that is not known. */
  async to(images: Images): Promise<Answers> {
    const known = this.#known.get(images.dataId);
    if (known !== undefined) return known;
    const [answers] = this.evaluated("answers", [images, this.labels], (x, y) => [
      answersOf(logitsOf(this.surrogate, x as Images), y as Labels, this.loss),
    ]);
    return await this.keep(images, answers as tf.Tensor2D);
  }

  /** Stores, and frees, answers to images that were recorded elsewhere. */
  async keep(images: Images, answers: tf.Tensor2D): Promise<Answers> {
    const count = images.shape[0];
    try {
      const values = [...await answers.data()];
      const known: Answers = { losses: values.slice(0, count), leads: values.slice(count) };
      this.#known.set(images.dataId, known);
      return known;
    } finally {
      answers.dispose();
    }
  }

  /** {@linkcode evaluated} of the surrogate; the loss is added to `name`. */
  evaluated(name: string, inputs: readonly tf.Tensor[], fn: TensorFunction): tf.Tensor[] {
    return typeof this.loss === "function" // has no name by which its graph could be found again
      ? tf.tidy(() => fn(...inputs))
      : evaluated(this.surrogate, `${name}, ${this.loss}`, inputs, fn);
  }
}
