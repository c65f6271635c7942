/** What fixtures/golden/make_thousand.py made: 1 000 images, and what the Python libraries' attacks leave of them. */
import type { Ball } from "@gcln/kit/attacks";
import { type Batch, frozen, type Images, type Logits, normal, tf } from "@gcln/kit/tensor";
import { network } from "./_golden.ts";
import { stored } from "./_stored.ts";

export type NetworkName = "plain" | "robust" | "quantized";

export interface Attempt {
  readonly library: string;
  readonly network: NetworkName;
  readonly attack: string;
  // deno-lint-ignore no-explicit-any -- options of many attacks, as JSON
  readonly options: any;
}

/** A random attack: the share of images that stand, for each seed. */
export interface BallSetting extends Attempt {
  readonly standing: readonly number[];
}

/** A minimal-norm attack; `null` where it is infinite, since half of the images or more were not fooled. */
export interface MinimalSetting extends Attempt {
  readonly median: number | null;
  readonly success: number;
}

/** A run of AutoAttack: the share that stands after each of its attacks, and whether each image stands in the end. */
export interface AutoAttackSetting extends Omit<Attempt, "network"> {
  /** "noisy" for version rand. */
  readonly network: NetworkName | "noisy";
  readonly options: {
    readonly version: "standard" | "plus" | "rand";
    readonly ball: Ball;
    readonly square: "shipped" | "mended";
    readonly count: number;
    readonly steps: number;
    readonly queries?: number;
    /** For version rand. */
    readonly draws?: number;
  };
  readonly after: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
  readonly stands?: string;
}

const settings: readonly (BallSetting | MinimalSetting | AutoAttackSetting)[] = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/thousand.json", import.meta.url)),
);
export const ballSettings = settings.filter((setting): setting is BallSetting => "standing" in setting);
export const minimalSettings = settings.filter((setting): setting is MinimalSetting => "median" in setting);
export const autoAttackSettings = settings.filter((setting): setting is AutoAttackSetting =>
  "after" in setting
);
const golden = await stored("thousand_images.safetensors");

/** The first images; they live as long as the test process. */
export function thousand(count = 1000): Batch {
  const { values, shape: [, ...shape] } = golden["images"]!;
  const pixels = values.subarray(0, count * tf.util.sizeFromShape(shape));
  return {
    images: tf.tensor(pixels, [count, ...shape]).div(255) as Images,
    labels: tf.tensor1d(golden["labels"]!.values.subarray(0, count), "int32"),
  };
}

const plain = network("plain"), q = 15 / 255;

/** "plain" behind normal noise of deviation 0.05, drawn anew for each seed. */
export const noisy = (x: Images, seed: number): Logits => plain(x.add(normal(x.shape, 0, 0.05, seed)));

/** Frozen, so what is computed of them again and again is compiled once. "quantized" has no slope at all. */
export const networks = {
  plain: frozen(plain),
  robust: frozen(network("robust")),
  quantized: frozen((x) => plain(x.div(q).round().mul(q))),
};
