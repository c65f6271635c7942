import { callable, checkSettings, object, type Settings } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import {
  type AttackKind,
  closeAttacks,
  knownAttacks,
  type OwnSpec,
  runActively,
  type RunSettings,
  type SpecData,
} from "./attack.ts";
import type { RunActiveResult } from "./active_set.ts";
import { seed, signal, type Stop, stop } from "./steps/attack_options.ts";
import type { Iterated } from "./steps/iterated.ts";
import type * as kinds from "./kinds.ts";
import "./kinds.ts";

closeAttacks();

/** The attacks of the kit, as the list has them. */
export type KitAttack = Extract<(typeof kinds)[keyof typeof kinds], { readonly asks: string }>;
/** The specs of an attack. */
export type SpecMadeBy<A> = A extends { spec(settings: never): infer Spec } ? Spec : never;

/** Attacks that are a start and a step: see {@linkcode iteratedBy}. */
export type IteratedSpec =
  | SpecMadeBy<Extract<KitAttack, { readonly iterated: (settings: never) => Iterated }>>
  | OwnSpec;

/** An attack with its settings, as data: what tables, caches and captions hold. One of the kit's, or a user's own. */
export type AttackSpec = SpecMadeBy<KitAttack> | OwnSpec;

/** Who is fooled by a {@linkcode SettledAttack}, and what fixes its draws. */
export interface SettledAttackOptions {
  /** Fixes what is random. */
  readonly seed: number;
  /** What is to be fooled, where that is not the surrogate: attacks that stop on success ask it. */
  readonly victim?: Classifier;
  /** What else may be differentiated, by name. Attacks that choose among gradients, as `strongest` does, take these too. */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /** Overrides the spec's. With `"on success"` images that have fallen leave the batch. */
  readonly stop?: Stop;
  /** Stops the attack between two of its steps. */
  readonly signal?: AbortSignal;
}

/** An attack with its settings fixed: what is left is the surrogate, the batch, and who judges. */
export type SettledAttack = (
  surrogate: Classifier,
  batch: Batch,
  options: SettledAttackOptions,
) => Images | Promise<Images>;

/**
 * All attacks: the kit's, the cheap ones first, then those that users have defined.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { attacks } from "@gcln/kit/attacks";
 *
 * assert(attacks().some(({ title, asks }) => title === "PGD" && asks === "gradients"));
 * ```
 */
export function attacks(): readonly AttackKind[] {
  return knownAttacks().all();
}

/**
 * The attack of a name: a function with all facts about it.
 *
 * @param name As specs have it.
 * @throws {RangeError} Where there is none; the message has the nearest name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { attackNamed } from "@gcln/kit/attacks";
 *
 * assertEquals(attackNamed("apgd").source, "Croce & Hein 2020");
 * assertThrows(() => attackNamed("apdg"), RangeError, 'did you mean "apgd"?');
 * ```
 */
export function attackNamed(name: string): AttackKind {
  return knownAttacks().named(name);
}

/** Whether an attack has this name. */
export function isAttackName(name: string): boolean {
  return knownAttacks().has(name);
}

/** The attack that a spec names. */
export function attackOf(spec: Pick<SpecData, "attack">): AttackKind {
  return attackNamed(spec.attack);
}

/** What a run tells an attack beside its spec's settings. */
const TOLD: Settings = {
  seed,
  victim: callable(),
  surrogates: object("classifiers by name"),
  stop,
  signal,
};

/** A spec's settings, as a run tells them. */
function settingsOf(spec: SpecData, told: Omit<RunSettings, "ball">): RunSettings {
  const { attack: _, ...settings } = spec;
  checkSettings("an attack by its spec", TOLD, told);
  const { stop = (spec as { readonly stop?: Stop }).stop, ...rest } = told;
  return { ...settings, ...rest, ...(stop ? { stop } : {}) };
}

/** How an attack starts and steps. */
function iteratedOf(spec: SpecData): (settings: RunSettings) => Iterated {
  const { iterated, title } = attackOf(spec);
  if (iterated === undefined) {
    throw new RangeError(`Cannot follow ${title} step by step: it is no start and step`);
  }
  return iterated;
}

/**
 * The start and the step of an attack that a spec describes.
 *
 * @param spec The attack.
 * @param options Its seed, and when an image is done.
 * @throws {RangeError} Where the attack is no start and step, or a setting makes no sense.
 */
export function iteratedBy(
  spec: IteratedSpec,
  { seed, stop = (spec as { readonly stop?: Stop }).stop ?? "at the end" }: Pick<
    SettledAttackOptions,
    "seed" | "stop"
  >,
): Iterated {
  return iteratedOf(spec)(settingsOf(spec, { seed, stop }));
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
  return attackOf(spec).iterated !== undefined;
}

/** Whether an attack chooses among gradients: it then takes `surrogates`. */
export function choosesSurrogates(spec: Pick<SpecData, "attack">): boolean {
  return Object.hasOwn(attackOf(spec).settings, "surrogates");
}

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
  options: RunActiveByOptions,
): Promise<RunActiveResult> {
  const { size = batch.images.shape[0], ...told } = options;
  return runActively(iteratedOf(spec), surrogate, batch, { ...settingsOf(spec, told), size });
}

/**
 * The attack that a spec describes.
 *
 * @param spec The attack.
 * @throws {RangeError} Where there is no such attack, or a setting is not known or does not fit.
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
  const attack = attackOf(spec), { attack: _, ...settings } = spec;
  attack.spec(settings as never); // which refuses what is no setting
  return (surrogate, batch, options) => attack.run(surrogate, batch, settingsOf(spec, options));
}
