import { type Batch, type Classifier, fold, type Images } from "../tensor/mod.ts";
import { runRestarts } from "./_restarts.ts";
import { runActive, type RunActiveResult } from "./active_set.ts";
import { apgdAttack, type ApgdOptions } from "./apgd.ts";
import { apgdTargetedAttack, type ApgdTargetedOptions } from "./apgd_targeted.ts";
import type { AttackLossName } from "./attack_loss.ts";
import type { IteratedOptions, Stop } from "./attack_options.ts";
import { autoAttack, type AutoAttackOptions } from "./auto_attack.ts";
import type { Ball } from "./ball.ts";
import { bimAttack } from "./bim.ts";
import { carliniWagner } from "./carlini_wagner.ts";
import { deepFool, type DeepFoolOptions } from "./deep_fool.ts";
import { diverseInput, type DiverseInputOptions } from "./diverse_input.ts";
import { fab, type FabOptions } from "./fab.ts";
import { fabTargeted, type FabTargetedOptions } from "./fab_targeted.ts";
import { fgsAttack } from "./fgs.ts";
import { hopSkipJump, type HopSkipJumpOptions } from "./hop_skip_jump.ts";
import type { Iterated } from "./iterated.ts";
import { jsma, type JsmaOptions } from "./jsma.ts";
import { imagesOf } from "./minimal.ts";
import { momentumAttack, type MomentumOptions } from "./momentum.ts";
import { noiseAttack, type NoiseOptions } from "./noise.ts";
import { pgdAttack, type PgdOptions } from "./pgd.ts";
import { redrawn } from "./redrawn.ts";
import { spsaAttack, type SpsaOptions } from "./spsa.ts";
import { square, type SquareOptions } from "./square.ts";
import { strongest, type StrongestOptions } from "./strongest.ts";

/** What is not an attack's setting, or is one of another type in a spec. */
export interface Told {
  /** The ball with a radius for each image. */
  readonly ball: unknown;
  /** A loss that is a function. */
  readonly loss: unknown;
  /** The classes that the attacker wants. */
  readonly targets: unknown;
  /** What fixes the draws. */
  readonly seed: unknown;
  /** When an image is done. */
  readonly stop: unknown;
  /** What stops it. */
  readonly signal: unknown;
  /** Who is told how far it is. */
  readonly progress: unknown;
  /** What is differentiated. */
  readonly surrogate: unknown;
  /** What else may be differentiated. */
  readonly surrogates: unknown;
}

/** An attack's name and its options as data: without what it is told of a batch, and who runs it. */
export type SpecOf<Attack extends string, Options, Needed extends keyof Options = never> =
  & {
    /** The attack's function. */
    readonly attack: Attack;
    /** The images that are allowed. An attack that looks for the smallest change brings what is further away into it. */
    readonly ball: Ball;
  }
  & Omit<Options, keyof Told | Needed>
  & Required<Pick<Options, Needed>>;

/** What goes up step by step may choose its loss, and stop when an image has fallen. */
export type Ascent = {
  /** What is raised. Default: the attack's own. */
  readonly loss?: AttackLossName;
  /** When an image is done. Default `"at the end"`. */
  readonly stop?: Stop;
};

/** Attacks that are a start and a step: see {@linkcode iteratedBy}. */
export type IteratedSpec =
  & Ascent
  & (
    | SpecOf<"fgs", unknown>
    | SpecOf<"bim", IteratedOptions, "stepSize" | "steps">
    | SpecOf<"pgd", PgdOptions, "stepSize" | "steps">
    | SpecOf<"momentum", MomentumOptions, "stepSize" | "steps">
    | SpecOf<"diverseInput", MomentumOptions & DiverseInputOptions, "stepSize" | "steps">
    | SpecOf<"apgd", ApgdOptions, "steps">
    | SpecOf<"apgdTargeted", ApgdTargetedOptions, "steps">
    | SpecOf<"noise", NoiseOptions>
    | SpecOf<"spsa", SpsaOptions>
  );

/** An attack with its settings, as data: what tables, caches and captions hold. */
export type AttackSpec =
  | IteratedSpec
  | SpecOf<"square", SquareOptions>
  | SpecOf<"deepFool", DeepFoolOptions>
  | SpecOf<"fab", FabOptions>
  | SpecOf<"fabTargeted", FabTargetedOptions>
  | SpecOf<"hopSkipJump", Omit<HopSkipJumpOptions, "starts">>
  | SpecOf<"jsma", JsmaOptions>
  | SpecOf<"strongest", Omit<StrongestOptions, "candidates">>
  | SpecOf<"autoAttack", AutoAttackOptions & { readonly version?: "standard" | "plus" }>
  | SpecOf<"carliniWagner", {
    readonly norm: "linf" | "l2";
    readonly steps?: number;
    readonly stepSize?: number;
    readonly confidence?: number;
  }>;

/** Who is fooled by a {@linkcode SettledAttack}, and what fixes its draws. */
export interface SettledAttackOptions {
  /** Fixes what is random. */
  readonly seed: number;
  /** What is to be fooled, where that is not the surrogate: attacks that stop on success ask it. */
  readonly victim?: Classifier;
  /** Overrides the spec's. With `"on success"` images that have fallen leave the batch. */
  readonly stop?: Stop;
  /** Stops attacks that listen. */
  readonly signal?: AbortSignal;
}

/** An attack with its settings fixed: what is left is the surrogate, the batch, and who judges. */
export type SettledAttack = (
  surrogate: Classifier,
  batch: Batch,
  options: SettledAttackOptions,
) => Images | Promise<Images>;

/**
 * The start and the step of an attack that a spec describes.
 *
 * @param spec The attack.
 * @param options Its seed, and when an image is done.
 */
export function iteratedBy(
  spec: IteratedSpec,
  { seed, stop = spec.stop ?? "at the end" }: Pick<SettledAttackOptions, "seed" | "stop">,
): Iterated {
  switch (spec.attack) {
    case "fgs":
      return fgsAttack(spec);
    case "bim":
      return bimAttack({ ...spec, seed, stop });
    case "pgd":
      return pgdAttack({ ...spec, seed, stop });
    case "momentum":
      return momentumAttack({ ...spec, stop });
    case "diverseInput": {
      const changed = (surrogate: Classifier, seed: number) => diverseInput(surrogate, { ...spec, seed });
      return redrawn(momentumAttack({ decay: 0, ...spec, stop }), changed, { seed: fold(seed, "diverse") });
    }
    case "apgd":
      return apgdAttack({ ...spec, seed });
    case "apgdTargeted":
      return apgdTargetedAttack({ ...spec, seed });
    case "noise":
      return noiseAttack({ ...spec, seed });
    case "spsa":
      return spsaAttack({ ...spec, seed });
    default:
      throw unknown(spec satisfies never);
  }
}

function unknown(spec: AttackSpec): RangeError {
  return new RangeError(`No attack is called ${spec.attack}`);
}

/**
 * Whether an attack is a start and a step that {@linkcode iteratedBy} makes: it then looks at the surrogate alone.
 *
 * @param spec Any attack.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { isIterated, linf } from "@gcln/kit/attacks";
 *
 * const ball = linf(8 / 255);
 * assert(isIterated({ attack: "pgd", ball, stepSize: 2 / 255, steps: 10 }));
 * assert(!isIterated({ attack: "square", ball, queries: 100 }));
 * ```
 */
export function isIterated(spec: AttackSpec): spec is IteratedSpec {
  return iterated.has(spec.attack);
}

const iterated: ReadonlySet<string> = new Set(
  [
    "fgs",
    "bim",
    "pgd",
    "momentum",
    "diverseInput",
    "apgd",
    "apgdTargeted",
    "noise",
    "spsa",
  ] satisfies IteratedSpec["attack"][],
);

/** What {@linkcode runActiveBy} is told. */
export interface RunActiveByOptions extends Omit<SettledAttackOptions, "stop"> {
  /** Images at a time. Default: all of them. */
  readonly size?: number;
}

/**
 * {@linkcode runActive} of the attack that a spec describes: images that have fallen leave.
 *
 * @param spec The attack.
 * @param surrogate What is differentiated.
 * @param batch What is attacked.
 * @param options Who judges, and what fixes the draws.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, runActiveBy } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const classifier = (x: tf.Tensor4D) => x.reshape([-1, 2]).reverse(1) as tf.Tensor2D;
 * const images = tf.tensor4d([0.25, 0.5, 0.25, 0.75], [2, 1, 2, 1]), labels = tf.tensor1d([0, 0], "int32");
 * const fgs = { attack: "fgs", ball: linf(0.15) } as const;
 * const { success } = await runActiveBy(fgs, classifier, { images, labels }, { seed: 1 });
 * assertEquals(success, [true, false]);
 * ```
 */
export function runActiveBy(
  spec: IteratedSpec,
  surrogate: Classifier,
  batch: Batch,
  { seed, victim = surrogate, size = batch.images.shape[0], signal }: RunActiveByOptions,
): Promise<RunActiveResult> {
  const { restarts = 1 } = spec as { readonly restarts?: number };
  // Where another has to be fooled, the surrogate's verdict must let no image rest.
  const attack = iteratedBy(spec, { seed, stop: victim === surrogate ? "on success" : "at the end" });
  return runActive(attack, surrogate, batch, { victim, restarts, size, signal });
}

/**
 * The attack that a spec describes.
 *
 * @param spec The attack.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { attackBy, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]).reverse(1) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attack = attackBy({ attack: "fgs", ball: linf(0.125) });
 * assertEquals([...await (await attack(classifier, batch, { seed: 1 })).data()], [0.375, 0.375]);
 * ```
 */
export function attackBy(spec: AttackSpec): SettledAttack {
  if (isIterated(spec)) {
    const { restarts = 1 } = spec as { readonly restarts?: number };
    return async (surrogate, batch, { stop = spec.stop, ...options }) => {
      if (stop === "on success") return (await runActiveBy(spec, surrogate, batch, options)).images;
      return runRestarts(iteratedBy(spec, options), surrogate, batch, { restarts });
    };
  }
  switch (spec.attack) {
    case "square":
      return (surrogate, batch, { seed, victim = surrogate }) => square(victim, batch, { ...spec, seed });
    case "deepFool":
      return (surrogate, batch) => imagesOf(deepFool(surrogate, batch, { norm: normOf(spec), ...spec }));
    case "fab":
      return (surrogate, batch, options) =>
        imagesOf(fab(surrogate, batch, searching(spec, surrogate, options)));
    case "fabTargeted":
      return (surrogate, batch, options) =>
        imagesOf(fabTargeted(surrogate, batch, searching(spec, surrogate, options)));
    case "hopSkipJump":
      return (surrogate, batch, { seed, victim = surrogate }) =>
        imagesOf(hopSkipJump(victim, batch, { norm: normOf(spec), ...spec, seed }));
    case "jsma":
      return (surrogate, batch) => imagesOf(jsma(surrogate, batch, spec));
    case "strongest":
      return async (surrogate, batch, { seed, victim = surrogate, signal }) => {
        const surrogates = victim === surrogate ? {} : { surrogates: { surrogate } };
        const listens = signal ? { signal } : {};
        return (await strongest(victim, batch, { ...spec, ...surrogates, seed, ...listens })).images;
      };
    case "carliniWagner":
      return (surrogate, batch) => carliniWagner(surrogate, batch, spec);
    case "autoAttack":
      return async (surrogate, batch, { seed, victim = surrogate, signal }) =>
        (await autoAttack(victim, batch, { ...spec, surrogate, seed, ...(signal ? { signal } : {}) })).images;
    default:
      throw unknown(spec satisfies never);
  }
}

/** What FAB is told: an image may rest in the ball where the surrogate's verdict is the victim's. */
function searching<T extends SpecOf<string, FabOptions>>(
  spec: T,
  surrogate: Classifier,
  { seed, victim = surrogate }: SettledAttackOptions,
): T & Pick<FabOptions, "seed" | "stop"> {
  const rests = victim === surrogate && (spec.norm ?? spec.ball.norm) === spec.ball.norm;
  return { ...spec, seed, stop: rests ? "on success" : "at the end" };
}

/** The ball's norm, for attacks that know no l1. */
function normOf({ ball: { norm } }: AttackSpec): "linf" | "l2" {
  if (norm === "l1") throw new RangeError("Cannot run this attack in an l1 ball: linf or l2 is wanted");
  return norm;
}
