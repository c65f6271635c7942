import { createHash } from "node:crypto";
import { checkSettings, type Settings } from "../kinds/mod.ts";
import { type Batch, fold, permutation, tf } from "../tensor/mod.ts";
import { augment, type Augmentation, type AugmentOptions } from "./augment.ts";
import { type CheckedContent, checkedContent, type DatasetContent, type Split } from "./dataset_content.ts";
import { labelBytes } from "./_labels.ts";
import { anySeed, flag } from "./_settings.ts";

/** What a data set is, without its pixels. */
export interface DatasetInfo {
  /** `cifar10`, `street-digits`, … */
  readonly name: string;
  /** Which of its two parts. */
  readonly split: Split;
  /** The classes' names, by label. */
  readonly classes: readonly string[];
  /** Height, width and channels of an image. */
  readonly shape: readonly [number, number, number];
  /** How many images. */
  readonly size: number;
  /**
   * SHA-256 (hex) of the pixels' bytes followed by the labels', for provenance. A label is a byte, or four
   * (little-endian) where one of them is above 255.
   */
  readonly checksum: string;
}

/** How many of a data set's images {@link Dataset.take} picks, and which. */
export interface TakeOptions {
  /** Picks at random by this seed; without it, the first ones. */
  readonly seed?: number;
}

/** One pass over a data set. */
export interface BatchesOptions {
  /** Images in a batch; the last one may have fewer. */
  readonly size: number;
  /** Shuffles (and draws the augmentation); without it, the data set's order. */
  readonly seed?: number;
  /** Whether a last, smaller batch is left out. Default false. */
  readonly dropLast?: boolean;
  /** Random changes, for training. Default none. */
  readonly augment?: Augmentation;
}

/** Images as bytes and labels as integers, in memory; floats are made batch by batch. */
export interface Dataset extends DatasetInfo {
  /** All pixels in [0, 255], `[size * height * width * channels]`. A random selection gathers them anew each time. */
  readonly pixels: Uint8Array;
  /** All labels, `[size]`, from 0 to below the count of classes. */
  readonly labels: Int32Array;
  /** The first n images, or n random ones; a view that copies no pixels. */
  take(n: number, options?: TakeOptions): Dataset;
  /** All but the first n images; a view that copies no pixels. */
  skip(n: number): Dataset;
  /** One pass, each image once. The tensors are the caller's to dispose. */
  batches(options: BatchesOptions): Iterable<Batch>;
  /** The images at these positions, as tensors that are the caller's; `changes` augments them. */
  batch(indices: ArrayLike<number>, changes?: AugmentOptions): Batch;
  /** Everything as one batch, for small sets. */
  all(): Batch;
}

/**
 * A data set of pixels and labels that are already in memory: one's own images, for instance.
 *
 * @throws {TypeError} Where pixels are no bytes, or labels no array of numbers.
 * @throws {RangeError} Where pixels, labels, classes and shape do not fit together.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dataset } from "@gcln/kit/data";
 *
 * const two = dataset({
 *   name: "two-dots",
 *   split: "test",
 *   classes: ["dark", "bright"],
 *   shape: [1, 1, 1],
 *   pixels: Uint8Array.of(10, 240),
 *   labels: Uint8Array.of(0, 1),
 * });
 * assertEquals(two.skip(1).pixels, Uint8Array.of(240));
 * ```
 */
export function dataset(content: DatasetContent): Dataset {
  return new View(checkedContent(content));
}

const takeSettings: Settings = { seed: anySeed() };
const batchesSettings: Settings = {
  size: { wanted: "a whole number of at least 1", accepts: () => true }, // checked where a pass begins
  seed: anySeed(),
  dropLast: flag({ default: false }),
  augment: {
    wanted: "an object with flip, shift and cutout",
    accepts: (value) => typeof value === "object" && value !== null,
  },
};

const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** A data set, or those of its images that `order` names. */
class View implements Dataset {
  readonly #content: CheckedContent;
  readonly #order: Uint32Array | undefined;
  /** Which image of the whole data set the content's first one is. */
  readonly #first: number;
  #checksum: string | undefined;

  constructor(content: CheckedContent, order?: Uint32Array, first = 0) {
    this.#content = content;
    this.#order = order;
    this.#first = first;
  }

  get name(): string {
    return this.#content.name;
  }

  get split(): Split {
    return this.#content.split;
  }

  get classes(): readonly string[] {
    return this.#content.classes;
  }

  get shape(): readonly [number, number, number] {
    return this.#content.shape;
  }

  get size(): number {
    return this.#order?.length ?? this.#content.labels.length;
  }

  get checksum(): string {
    return this.#checksum ??= createHash("sha256").update(this.pixels).update(labelBytes(this.labels)).digest(
      "hex",
    );
  }

  get pixels(): Uint8Array {
    return this.#order ? this.#gather(this.#order) : this.#content.pixels;
  }

  get labels(): Int32Array {
    return this.#order ? Int32Array.from(this.#order, (i) => this.#content.labels[i]!) : this.#content.labels;
  }

  take(n: number, options: TakeOptions = {}): Dataset {
    checkSettings("take", takeSettings, options);
    this.#check(n, "take");
    const { seed } = options;
    return seed === undefined ? this.#slice(0, n) : this.#select(permutation(this.size, seed).subarray(0, n));
  }

  skip(n: number): Dataset {
    this.#check(n, "skip");
    return this.#slice(n, this.size);
  }

  batches(options: BatchesOptions): Generator<Batch> {
    checkSettings("batches", batchesSettings, options, ["size"]);
    return this.#pass(options);
  }

  *#pass({ size, seed, dropLast = false, augment: changes }: BatchesOptions): Generator<Batch> {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`Cannot make batches of ${size} images: it must be an integer of 1 or more`);
    }
    const order = seed === undefined ? Uint32Array.from({ length: this.size }, (_, i) => i) : permutation(
      this.size,
      fold(seed, "order"),
    );
    for (let start = 0; start < order.length; start += size) {
      const indices = order.subarray(start, start + size);
      if (dropLast && indices.length < size) return;
      yield this.#batch(indices, changes && { ...changes, seed: fold(seed ?? 0, "augment", start) });
    }
  }

  batch(indices: ArrayLike<number>, changes?: AugmentOptions): Batch {
    for (const index of Array.from(indices)) {
      if (!Number.isInteger(index) || index < 0 || index >= this.size) {
        throw new RangeError(`Cannot take image ${index} of ${this.name}: it has ${this.size}`);
      }
    }
    return this.#batch(Uint32Array.from(indices), changes);
  }

  all(): Batch {
    return this.batch(Array.from({ length: this.size }, (_, i) => i));
  }

  #check(n: number, verb: string): void {
    if (!Number.isInteger(n) || n < 0 || n > this.size) {
      throw new RangeError(`Cannot ${verb} ${n} images of ${this.name} (${this.split}): it has ${this.size}`);
    }
  }

  #slice(from: number, to: number): Dataset {
    if (this.#order) return new View(this.#content, this.#order.subarray(from, to), this.#first);
    const { pixels, labels, shape: [h, w, c] } = this.#content, each = h * w * c;
    const part = {
      ...this.#content,
      pixels: pixels.subarray(from * each, to * each),
      labels: labels.subarray(from, to),
    };
    return new View(part, undefined, this.#first + from);
  }

  #select(indices: Uint32Array): Dataset {
    const order = this.#order ? indices.map((i) => this.#order![i]!) : indices;
    return new View(this.#content, order, this.#first);
  }

  /** The bytes of images, by position in the content. */
  #gather(order: Uint32Array): Uint8Array {
    const { pixels, shape: [h, w, c] } = this.#content, each = h * w * c;
    const gathered = new Uint8Array(order.length * each);
    for (let i = 0; i < order.length; i++) {
      gathered.set(pixels.subarray(order[i]! * each, (order[i]! + 1) * each), i * each);
    }
    return gathered;
  }

  #batch(indices: Uint32Array, changes?: AugmentOptions): Batch {
    const order = this.#order ? indices.map((i) => this.#order![i]!) : indices;
    const bytes = changes ? augment(this.#gather(order), this.shape, changes) : this.#gather(order);
    const floats = new Float32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) floats[i] = unit[bytes[i]!]!;
    return {
      images: tf.tensor4d(floats, [order.length, ...this.shape]),
      labels: tf.tensor1d(Int32Array.from(order, (i) => this.#content.labels[i]!), "int32"),
      ids: Array.from(order, (i) => this.#first + i),
    };
  }
}
