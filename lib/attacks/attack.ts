import {
  checkSetting,
  codeDigest,
  type Named,
  type Registry,
  registry,
  type Settings,
  valueText,
} from "../kinds/mod.ts";
import { type Batch, type Classifier, type Images, tf } from "../tensor/mod.ts";
import { checkFacts } from "./_check_facts.ts";
import { runRestarts, runRestartsStoppable } from "./steps/restarts.ts";
import { runActive, type RunActiveResult } from "./active_set.ts";
import type { AttackLossName } from "./steps/attack_loss.ts";
import { ball, checkBatchShapes, checkOptions, type Stop, stop } from "./steps/attack_options.ts";
import type { Ball, Norm } from "./steps/ball.ts";
import { withFreshDraws } from "./steps/fresh_draws.ts";
import type { Iterated } from "./steps/iterated.ts";

/** What an attack lives on: gradients, the victim's logits, its decisions alone, nothing at all, or whatever pays. */
export type Asks = "gradients" | "scores" | "decisions" | "nothing" | "whatever pays";

/** A spec: an attack's name and its settings, as plain data. */
export interface SpecData {
  /** The attack's name. */
  readonly attack: string;
  /** The images that are allowed. */
  readonly ball: Ball;
}

/** What is not an attack's setting, or is one of another type in a spec. */
export interface NotInSpecs {
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
    /** The attack's name. */
    readonly attack: Attack;
    /** The images that are allowed. An attack that looks for the smallest change brings what is further away into it. */
    readonly ball: Ball;
  }
  & Omit<Options, keyof NotInSpecs | Needed>
  & Required<Pick<Options, Needed>>;

/** What goes up step by step may choose its loss, and stop when an image has fallen. */
export type Ascent = {
  /** What is raised. Default: the attack's own. */
  readonly loss?: AttackLossName;
  /** When an image is done. Default `"at the end"`. */
  readonly stop?: Stop;
};

/** The name of an attack that is not the kit's: that of its specs. */
export type OwnName = string & {
  /** Tells it from other text to TypeScript; there is nothing of it at run time. */
  readonly isOwn: true;
};

/** A spec of a user's own attack, as its `spec()` makes it. */
export interface OwnSpec {
  /** Its name. */
  readonly attack: OwnName;
  /** The images that are allowed. */
  readonly ball: Ball;
  /** Its settings. */
  readonly [setting: string]: unknown;
}

/** What an attack is told when a spec is run, beside the spec's own settings. */
export interface RunSettings {
  /** The images that are allowed. */
  readonly ball: Ball;
  /** Fixes what is random. */
  readonly seed: number;
  /** What is to be fooled, where that is not the surrogate. */
  readonly victim?: Classifier | undefined;
  /** What else may be differentiated, by name: for attacks that choose among gradients. */
  readonly surrogates?: Readonly<Record<string, Classifier>> | undefined;
  /** When an image is done. */
  readonly stop?: Stop | undefined;
  /** Stops an attack between two steps. One of a user's own needs `signal` among its settings, or has to be a start and a step. */
  readonly signal?: AbortSignal | undefined;
}

/** How long the attacks of a list are to search: see {@linkcode AttackFacts.examples}. */
export interface ExampleOptions {
  /** The images that are allowed, in a norm that the attack works in. */
  readonly ball: Ball;
  /** The steps of those that follow a gradient. */
  readonly steps: number;
  /** The queries of those that only ask. */
  readonly queries: number;
}

/** Every fact that the kit has to know of an attack, beside its function. */
// deno-lint-ignore no-explicit-any -- each attack has options of its own
export interface AttackFacts<Options = any> {
  /** As specs and command lines have it: `"pgd"`. */
  readonly name: string;
  /** As people say it: "PGD". */
  readonly title: string;
  /** Who published it: "Madry et al. 2018". */
  readonly source: string;
  /** What it lives on. */
  readonly asks: Asks;
  /**
   * Whether the victim has a say in what comes out. If not, the attacked images depend on the surrogate alone, so that
   * they may be kept and shown to several victims.
   */
  readonly needsVictim: boolean;
  /** The norms of the balls that it works in. */
  readonly norms: readonly Norm[];
  /** The fewest classes that it needs. Default 2. */
  readonly classes?: number;
  /** Its options: names, defaults and bounds. */
  readonly settings: Settings;
  /** Names of settings that a report has to tell, beside the ball. Default: none. */
  readonly required?: readonly string[];
  /** Whether it is a single step. Default false. */
  readonly oneStep?: boolean;
  /** Whether it tries several attacks, so that what it leaves is a worst case, image by image. Default false. */
  readonly severalAttacks?: boolean;
  /** Whether its step depends on nothing but the state that it is given, and not on which step it is. Default false. */
  readonly sameStep?: boolean;
  /** Whether the first k steps of a longer run are the attack of k steps. Default false. */
  readonly steady?: boolean;
  /**
   * What a run can be taken up from: its images, since a step looks at nothing else that changes; or its whole state.
   * Default `"its state"`.
   */
  readonly goesOnFrom?: "its images" | "its state";
  /** The attack as a start and a step, where it is one: the runner may then drop images that have fallen. */
  iterated?(settings: Options): Iterated;
  /**
   * The attack as a spec runs it: its images, or a result that has `images`. Its settings are the spec's and, of what the
   * run tells, those that are options of the attack. Default: its start and its step, or else its function.
   */
  run?(
    surrogate: Classifier,
    batch: Batch,
    settings: Options & { readonly ball: Ball },
    how: RunSettings,
  ): unknown;
  /** How a list of every attack shows it: settings by the head of a column. Default: not at all. */
  examples?(how: ExampleOptions): Readonly<Record<string, object>>;
  /**
   * Changes when the attack does something else, so that kept measurements are made anew. Of a user's own the text of its
   * functions tells that as well.
   */
  readonly version?: string | number;
}

/** What an attack is beside a function: its facts, and how it is run by its specs. */
export interface AttackKind<Spec extends SpecData = SpecData>
  extends Omit<Required<AttackFacts>, "iterated" | "run" | "examples" | "version"> {
  /**
   * For the keys of caches: of a user's own a digest of its functions' text and of its version; of the kit's own its version
   * alone, where it has one, since the version of the kit's code is in every key.
   */
  readonly code?: string;
  /** The attack as a start and a step, where it is one. */
  // deno-lint-ignore no-explicit-any -- settings of any attack
  readonly iterated?: (settings: any) => Iterated;
  /** The attack as a spec runs it. */
  // deno-lint-ignore no-explicit-any -- settings of any attack
  readonly run: (surrogate: Classifier, batch: Batch, settings: any) => Images | Promise<Images>;
  /** How a list of every attack shows it, by the head of a column. */
  readonly examples: (how: ExampleOptions) => Readonly<Record<string, Spec>>;
  /**
   * A spec of this attack: plain data.
   *
   * @throws {RangeError} Where a setting is not known, or its value does not fit.
   */
  spec(settings: Omit<Spec, "attack">): Spec;
}

/** Any function that attacks. */
// deno-lint-ignore no-explicit-any -- what is attacked and what is found differ
export type AttackFunction = (attacked: any, batch: Batch, options: any) => any;

/** An attack: a function of what it attacks, a batch and options, that carries all facts about itself. */
export type Attack<Call extends AttackFunction = AttackFunction, Spec extends SpecData = OwnSpec> =
  & Call
  & AttackKind<Spec>;

/** An attack that is a start and a step. */
export type IteratedAttack<Call extends AttackFunction = AttackFunction, Spec extends SpecData = OwnSpec> =
  & Attack<Call, Spec>
  & Required<Pick<AttackKind<Spec>, "iterated">>;

/** The attacks of the kit and those of users. It is read by `attackNamed` and `attacks`. */
const known: Registry<AttackKind & Named> = registry<AttackKind & Named>("attack");

/** Every attack that is defined, by name. */
export function knownAttacks(): Registry<AttackKind & Named> {
  return known;
}

/** From now on whoever defines an attack is a user. */
export function closeAttacks(): void {
  known.close();
}

/**
 * Makes an attack of a function and the facts about it. From then on the kit knows it by its name: in specs, tables,
 * caches, checks and captions. A user's own attack is treated like one of the kit's.
 *
 * @param call The attack: what is differentiated or asked, a batch, and options, to attacked images, or to a result that
 * has `images`.
 * @param facts What the kit has to know of it.
 * @returns The function, with its options checked and its facts as properties.
 * @throws {RangeError} Where the name is empty or one of the kit's.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { attackBy, type AttackOptions, attackSettings, defineAttack, linf, project } from "@gcln/kit/attacks";
 * import { type Batch, type Classifier, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const brighten = defineAttack(
 *   (_: Classifier, { images }: Batch, { ball }: AttackOptions) => project(ball, images, images.add(1)),
 *   {
 *     name: "brighten",
 *     title: "Brighten",
 *     source: "an example",
 *     asks: "nothing",
 *     needsVictim: false,
 *     norms: ["linf", "l2", "l1"],
 *     settings: attackSettings,
 *   },
 * );
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attack = attackBy(brighten.spec({ ball: linf(0.125) }));
 * assertEquals([...await (await attack(classifier, batch, { seed: 1 })).data()], [0.375, 0.625]);
 * ```
 */
export function defineAttack<Call extends AttackFunction, Spec extends SpecData = OwnSpec>(
  call: Call,
  facts: AttackFacts<Parameters<Call>[2]> & Required<Pick<AttackFacts<Parameters<Call>[2]>, "iterated">>,
): IteratedAttack<Call, Spec>;
/**
 * {@linkcode defineAttack} for an attack that is no start and step.
 *
 * @param call The attack.
 * @param facts What the kit has to know of it.
 */
export function defineAttack<Call extends AttackFunction, Spec extends SpecData = OwnSpec>(
  call: Call,
  facts: AttackFacts<Parameters<Call>[2]>,
): Attack<Call, Spec>;
export function defineAttack(call: AttackFunction, facts: AttackFacts): Attack {
  checkFacts(call, facts);
  const { name, iterated, run, examples, version, ...plain } = facts, { settings, norms } = facts;
  const searched = settings["ball"] === ball ? { norms } : {};
  const check = (options: unknown) => checkOptions(name, settings, options, searched);
  const inSpecs: Settings = {
    ...Object.fromEntries(Object.entries(settings).filter(([setting]) => !NOT_IN_SPECS.has(setting))),
    ball,
    ...(iterated ? { stop } : {}),
  };
  const checkSpec = (settings: unknown) => checkOptions(name, inSpecs, settings, { norms });
  const spec = (settings: object) => (checkSpec(settings), { attack: name, ...settings } as OwnSpec);
  /** The options of the attack's function: the spec's settings and, of what a run adds, what the function takes. */
  const optionsFrom = ({ victim: _, ...given }: RunSettings) =>
    Object.fromEntries(
      Object.entries(given).filter(([setting, value]) =>
        value !== undefined && (Object.hasOwn(settings, setting) || !IN_RUNS.has(setting))
      ),
    );
  const steps = iterated &&
    ((given: RunSettings): Iterated => {
      const options = optionsFrom(given);
      check(options);
      if (given.stop !== undefined) checkSetting("stop", stop, given.stop);
      return withFreshDraws(iterated(options as unknown as RunSettings), given.seed);
    });
  const kind: Omit<AttackKind<OwnSpec>, "name"> = {
    classes: 2,
    required: [],
    oneStep: false,
    severalAttacks: false,
    sameStep: false,
    steady: false,
    goesOnFrom: "its state",
    ...plain,
    ...codeOf([call, iterated, run], version),
    ...(steps ? { iterated: steps } : {}),
    run(surrogate: Classifier, batch: Batch, given: RunSettings) {
      checkSpec(settingsOf(given));
      if (given.stop !== undefined) checkSetting("stop", stop, given.stop);
      checkBatchShapes(batch);
      if (batch.images.shape[0] === 0) return batch.images.clone();
      if (run) return imagesIn(name, run(surrogate, batch, optionsFrom(given) as never, given));
      if (steps) return runIterated(steps, surrogate, batch, given);
      return imagesIn(
        name,
        call(facts.needsVictim ? given.victim ?? surrogate : surrogate, batch, optionsFrom(given)),
      );
    },
    examples: (how) =>
      Object.fromEntries(
        norms.includes(how.ball.norm)
          ? Object.entries(examples?.(how) ?? {}).map((
            [head, settings],
          ) => [head, spec({ ball: how.ball, ...settings })])
          : [],
      ),
    spec,
  };
  const checked = function (attacked: unknown, batch: Batch, options: object = {}): unknown {
    try {
      check(options);
      checkBatchShapes(batch, (options as { readonly targets?: tf.Tensor1D }).targets);
    } catch (error) {
      if (isAsync(call)) return Promise.reject(error);
      throw error;
    }
    if (iterated && batch.images.shape[0] === 0) return batch.images.clone(); // of nothing, nothing
    return call(attacked, batch, options);
  };
  const attack = Object.assign(
    Object.defineProperty(checked, "name", { value: name }),
    kind,
  ) as unknown as Attack;
  return known.add(attack) as Attack;
}

/** What a run tells beside a spec's settings. */
const IN_RUNS: ReadonlySet<string> = new Set(["seed", "victim", "surrogates", "stop", "signal"]);
/** Options that are no data, or that belong to a run. */
const NOT_IN_SPECS: ReadonlySet<string> = new Set([
  ...["targets", "seed", "stop", "signal", "progress", "surrogate", "surrogates", "candidates", "starts"],
]);

/** The settings of a spec, without what a run adds to them. */
function settingsOf(
  { seed: _, victim: __, surrogates: ___, signal: ____, stop: _____, ...settings }: RunSettings,
): object {
  return settings;
}

function isAsync(call: AttackFunction): boolean {
  return Object.prototype.toString.call(call) === "[object AsyncFunction]";
}

/** Runs a start and a step: with `stop: "on success"` images that have fallen leave. */
async function runIterated(
  iterated: (settings: RunSettings) => Iterated,
  surrogate: Classifier,
  batch: Batch,
  given: RunSettings,
): Promise<Images> {
  if (given.stop === "on success") {
    return (await runActively(iterated, surrogate, batch, given)).images;
  }
  const restarts = restartsOf(given), { signal } = given;
  return signal === undefined
    ? runRestarts(iterated(given), surrogate, batch, { restarts })
    : await runRestartsStoppable(iterated(given), surrogate, batch, { restarts, signal });
}

/**
 * Runs a start and a step on the images that still stand.
 *
 * @param iterated Makes them of settings.
 * @param surrogate What is differentiated.
 * @param batch What is attacked.
 * @param given Settings, who judges, and how many images at a time.
 */
export function runActively(
  iterated: (settings: RunSettings) => Iterated,
  surrogate: Classifier,
  batch: Batch,
  { size = batch.images.shape[0], ...given }: RunSettings & { readonly size?: number },
): Promise<RunActiveResult> {
  const { victim = surrogate, signal } = given;
  // Where another has to be fooled, the surrogate's verdict must let no image rest.
  const attack = iterated({ ...given, stop: victim === surrogate ? "on success" : "at the end" });
  return runActive(attack, surrogate, batch, { victim, restarts: restartsOf(given), size, signal });
}

function restartsOf(given: RunSettings): number {
  return (given as { readonly restarts?: number }).restarts ?? 1;
}

/** The images of what an attack returns; the rest is freed. */
async function imagesIn(name: string, result: unknown): Promise<Images> {
  const found: unknown = await result;
  if (found instanceof tf.Tensor) return checkedImages(name, found);
  if (typeof found !== "object" || found === null || !("images" in found)) {
    throw noImages(name, valueText(found));
  }
  const { images, ...rest } = found;
  tf.dispose(rest);
  return checkedImages(name, images);
}

function checkedImages(name: string, images: unknown): Images {
  if (!(images instanceof tf.Tensor)) throw noImages(name, valueText(images));
  if (images.dtype === "float32") return images as Images;
  throw noImages(name, `images of type ${images.dtype}`);
}

function noImages(name: string, got: string): TypeError {
  return new TypeError(
    `Cannot use what attack ${
      valueText(name)
    } returned, ${got}: images in float32, or a result that has images, is wanted`,
  );
}

/** What tells a version of an attack from another one in the keys of caches. */
function codeOf(parts: readonly unknown[], version: string | number | undefined): { readonly code?: string } {
  if (known.isClosed()) return { code: codeDigest(parts, version) };
  return version === undefined ? {} : { code: String(version) };
}
