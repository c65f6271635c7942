import {
  checkSetting,
  checkSettings,
  count,
  list,
  object,
  type Setting,
  type Settings,
  size,
  valueText,
  word,
} from "../../kinds/mod.ts";
import { type Batch, type Labels, tf } from "../../tensor/mod.ts";
import { type AttackLoss, lossSetting } from "./attack_loss.ts";
import { type AnyBall, checkBall, type Norm } from "./ball.ts";

/** What every attack within a ball is told. */
export interface AttackOptions {
  /** The images that are allowed: `linf(8 / 255)`. */
  readonly ball: AnyBall;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** What the attack raises. Default `"crossEntropy"`. */
  readonly loss?: AttackLoss;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
}

/** The same for attacks of several steps. */
export interface IteratedOptions extends AttackOptions {
  /** How far one step goes, in the ball's norm. Default ε / 8, the paper's 1/255 for 8/255. */
  readonly stepSize?: number;
  /** How many steps there are. Default 10, as in the paper. */
  readonly steps?: number;
  /**
   * `"at the end"`: every image takes every step, and may be lost again on the way. `"on success"`: an image that the
   * surrogate gets wrong (with targets: that reaches its target) moves no more. Default `"at the end"`, as in the papers.
   */
  readonly stop?: Stop;
}

/** When an image is done: after its last step, or as soon as it has fallen. */
export type Stop = "on success" | "at the end";

/** A tensor. What its shape and type have to be, {@linkcode checkBatchShapes} says. */
export const tensor: Setting = { wanted: "a tensor", accepts: (value) => value instanceof tf.Tensor };

/** What fixes what is random. */
export const seed: Setting = { wanted: "a whole number", accepts: Number.isSafeInteger, default: 0 };

/** When an image is done. */
export const stop: Setting = word(["on success", "at the end"], { default: "at the end" });

/** What stops an attack. */
export const signal: Setting = object("an AbortSignal");

/** A ball; {@linkcode checkBall} looks at its norm and its radius. */
export const ball: Setting = object("a ball, linf(8 / 255) for one,");

/** The same where there may be none: what is found further away is brought into it, so that any norm will do. */
export const optionalBall: Setting = { ...ball };

/** The settings of {@linkcode AttackOptions}. */
export const attackSettings: Settings = { ball, targets: tensor, loss: lossSetting, seed };

/** The settings of {@linkcode IteratedOptions}. */
export const iteratedSettings: Settings = {
  ...attackSettings,
  stepSize: size(),
  steps: count({ default: 10 }),
  stop,
};

/** What {@linkcode checkOptions} is told beside the settings. */
export interface CheckOptionsOptions {
  /** The norms in which the attack works. Default: all. */
  readonly norms?: readonly Norm[];
}

/**
 * Throws where options are not those of an attack: names, values, and the ball.
 *
 * @param what The attack, as a caller knows it.
 * @param settings The options that it takes.
 * @param options What was given.
 * @param about The norms in which it works, and what may not be missing.
 * @throws {RangeError} Where a name or a value is wrong, or the ball is missing.
 */
export function checkOptions(
  what: string,
  settings: Settings,
  options: unknown,
  { norms }: CheckOptionsOptions = {},
): void {
  checkSettings(what, settings, options, settings["ball"] === ball ? ["ball"] : []);
  const { ball: given } = options as { readonly ball?: AnyBall };
  if (given === undefined) return;
  checkBall(given);
  if (norms === undefined || norms.includes(given.norm)) return;
  throw new RangeError(`Cannot run ${what} in an ${given.norm} ball: ${norms.join(" or ")} is wanted`);
}

/** What a maker of a start and a step may be told though it does not need it, so that one caller can follow any of them. */
const makerSettings: Settings = { ...iteratedSettings, start: word(["random", "original"]) };

/** {@linkcode checkOptions} of a maker of a start and a step, `pgdAttack` for one. */
export function checkMaker(
  what: string,
  settings: Settings,
  options: unknown,
  about: CheckOptionsOptions = {},
): void {
  checkOptions(what, { ...makerSettings, ...settings }, options, about);
}

/** Throws where images can't be a batch of them. */
export function checkImageShapes(images: tf.Tensor): void {
  if (!(images instanceof tf.Tensor)) {
    throw new TypeError(
      `Cannot attack images ${valueText(images)}: a tensor [n, h, w, c], float32 is wanted`,
    );
  }
  if (images.rank !== 4 || images.dtype !== "float32") {
    throw new TypeError(
      `Cannot attack images of shape [${images.shape}] and type ${images.dtype}: [n, h, w, c], float32 are wanted`,
    );
  }
}

/** By them draws follow an image. */
const IDS: Setting = list({ wanted: "a whole number", accepts: Number.isSafeInteger });

/** Throws where shapes or types can't be right. It looks at no values; for those there is `checkBatch`. */
export function checkBatchShapes(batch: Batch, targets?: Labels): void {
  if (typeof batch !== "object" || batch === null) {
    throw new TypeError(`Cannot attack a batch ${valueText(batch)}: { images, labels } is wanted`);
  }
  const { images, labels, ids } = batch;
  checkImageShapes(images);
  if (ids !== undefined) {
    checkSetting("ids", IDS, ids);
    if (ids.length !== images.shape[0]) {
      throw new RangeError(
        `Cannot use ${ids.length} ids with ${images.shape[0]} images: one for each is wanted`,
      );
    }
  }
  for (const [name, classes] of Object.entries(targets ? { labels, targets } : { labels })) {
    if (!(classes as unknown instanceof tf.Tensor)) {
      throw new TypeError(`Cannot use ${name} ${valueText(classes)}: a tensor [n], int32 is wanted`);
    }
    if (classes.rank !== 1 || classes.dtype !== "int32") {
      throw new TypeError(
        `Cannot use ${name} of shape [${classes.shape}] and type ${classes.dtype}: [n], int32 are wanted`,
      );
    }
    if (classes.shape[0] !== images.shape[0]) {
      throw new RangeError(`Cannot use ${classes.shape[0]} ${name} with ${images.shape[0]} images`);
    }
  }
}
