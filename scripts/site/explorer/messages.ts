import type { AttackerName, Settings } from "./settings.ts";

/** Who attacks: the one with the exact gradient of what is scored, or the second one that the reader has chosen. */
export type Who = "as printed" | AttackerName;

/** Where an attack stands after so many steps. All arrays have the image's layout, `[h, w, c]`. */
export interface Moment {
  /** The attacked image, in [0, 1]. */
  readonly attacked: Float32Array;
  /** The attacked image after the quantized transform alone; it may leave [0, 1] a little. Absent without a quantizer. */
  readonly quantized?: Float32Array;
  /** What the defense makes of it, in [0, 1]. Absent where nothing stands in front of the classifier. */
  readonly cleaned?: Float32Array;
  /** The cosine transform of the attacked image in blocks, in the unit of the image. */
  readonly spectrum: Float32Array;
  /** The same, rounded to multiples of q. */
  readonly rounded: Float32Array;
  /** What the defended classifier says, class by class; the sum is 1. */
  readonly probabilities: readonly number[];
  /** The greatest slope of the attacker's loss by a pixel, in 1 / (the unit of the image). */
  readonly slope: number;
}

/** What the page asks of its worker. */
export interface Question {
  /** Counts questions. A newer one ends the work on an older one. */
  readonly number: number;
  readonly settings: Settings;
  /** The image, `[h, w, c]` in [0, 1]. */
  readonly image: Float32Array;
  /** Its true class; undefined: what the undefended classifier reads. */
  readonly label: number | undefined;
}

/** What the worker tells the page. */
export type Answer =
  | { readonly kind: "engine"; readonly description: string }
  | {
    readonly kind: "begun";
    readonly number: number;
    readonly label: number;
    /** What the defended classifier says of the image before the attack, class by class. */
    readonly clean: readonly number[];
  }
  | {
    readonly kind: "moment";
    readonly number: number;
    readonly who: Who;
    readonly step: number;
    readonly moment: Moment;
  }
  | { readonly kind: "done"; readonly number: number }
  | { readonly kind: "failed"; readonly number: number | undefined; readonly message: string };
