import { type AttackLoss, attackLoss, logitsOf } from "../../attacks/mod.ts";
import {
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  type TensorFunction,
  tf,
} from "../../tensor/mod.ts";

/** What a surrogate says of some images, one by one. */
export interface Said {
  /** The attack's loss. */
  readonly losses: readonly number[];
  /** Above 0 where the image is misclassified. */
  readonly margins: readonly number[];
  /** Whether the label comes first. */
  readonly right: readonly boolean[];
}

/** The same as rows of one tensor, `[3, n]`. */
export function saidBy(logits: Logits, labels: Labels, loss: AttackLoss): tf.Tensor2D {
  const margins = attackLoss("margin", logits, labels), right = logits.argMax(1).equal(labels);
  return tf.stack([attackLoss(loss, logits, labels), margins, right.cast("float32")]) as tf.Tensor2D;
}

/** Images of which one wants to hear what a surrogate says of them. */
export interface Listened extends ObserverOptions {
  /** Who is asked. */
  readonly surrogate: Classifier;
  /** `[n, h, w, c]`. */
  readonly images: Images;
}

/**
 * Lets something ask a surrogate, and listens.
 *
 * @returns What it gives; and `said` of the images, if it asked about these.
 */
export function listening<T>(
  { surrogate, images, labels, loss }: Listened,
  run: (surrogate: Classifier) => T,
): { readonly given: T; readonly said?: tf.Tensor2D } {
  let heard: Logits | undefined;
  const listenedTo: Classifier = (asked) => {
    const logits = surrogate(asked);
    // A gradient that is being taken would free them.
    if (asked.dataId === images.dataId) heard ??= tf.keep(logits.clone());
    return logits;
  };
  try {
    const given = run(listenedTo);
    return heard === undefined ? { given } : { given, said: saidBy(heard, labels, loss) };
  } finally {
    heard?.dispose();
  }
}

/** What an observer looks at. */
export interface ObserverOptions {
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** What the attack raises. */
  readonly loss: AttackLoss;
}

/** Asks a surrogate of the images of a batch, and of the same ones once only. */
export class Observer {
  /** Whom it asks. */
  readonly surrogate: Classifier;
  /** The true classes. */
  readonly labels: Labels;
  /** What the attack raises. */
  readonly loss: AttackLoss;
  readonly #known = new WeakMap<tf.DataId, Said>(); // a tensor and its clones have one id

  constructor(surrogate: Classifier, { labels, loss }: ObserverOptions) {
    this.surrogate = surrogate;
    this.labels = labels;
    this.loss = loss;
  }

  /** What the surrogate says of images: asks where it is not known. */
  async at(images: Images): Promise<Said> {
    const known = this.#known.get(images.dataId);
    if (known !== undefined) return known;
    const [said] = this.evaluated("said", [images, this.labels], (x, y) => [
      saidBy(logitsOf(this.surrogate, x as Images), y as Labels, this.loss),
    ]);
    return await this.remember(images, said as tf.Tensor2D);
  }

  /** Takes in, and frees, what the surrogate has said of images on another occasion. */
  async remember(images: Images, said: tf.Tensor2D): Promise<Said> {
    const count = images.shape[0];
    try {
      const values = [...await said.data()];
      const known: Said = {
        losses: values.slice(0, count),
        margins: values.slice(count, 2 * count),
        right: values.slice(2 * count).map((value) => value === 1),
      };
      this.#known.set(images.dataId, known);
      return known;
    } finally {
      said.dispose();
    }
  }

  /** {@linkcode evaluated} of the surrogate; `name` needs not name the loss. */
  evaluated(name: string, inputs: readonly tf.Tensor[], fn: TensorFunction): tf.Tensor[] {
    return typeof this.loss === "function" // has no name by which its graph could be found again
      ? tf.tidy(() => fn(...inputs))
      : evaluated(this.surrogate, `${name}, ${this.loss}`, inputs, fn);
  }
}
