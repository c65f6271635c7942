import type { AttackSpec } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { addFaults, type Faults, hasFaults, type Judgement, standing, type Victim } from "../judge/mod.ts";
import { callable, checkSetting, checkSettings, count, object, type Settings, word } from "../kinds/mod.ts";
import { type Classifier, counted, fold, type Passes, type Progress } from "../tensor/mod.ts";
import { checkDataset, checkFunction, checkSpec } from "./_arguments.ts";
import { differentiated } from "./_differentiated.ts";
import type { GradientShares } from "./gradient_shares.ts";
import { judgedClean, judgedUnder } from "./robustness/judged.ts";
import {
  type Differentiated,
  lossFollowed,
  sharesOf,
  uselessGradients,
} from "./robustness/survivors_gradients.ts";
import { type Share, shareOf } from "./share.ts";

/** Options of {@linkcode robustness}. */
export interface RobustnessOptions {
  /** What the attackers differentiate, by the attack's name. Default: the victim. */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /**
   * `"survivors"`: each attack is shown only the images that those before it have left. `"everyone"`: each attack is shown
   * all images, which tells what it does alone. Within an attack an image leaves when it has fallen, in both. The worst case
   * is the same. Default `"survivors"`.
   */
  readonly shown?: "survivors" | "everyone";
  /** Images at a time. Default 100. */
  readonly batch?: number;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
  /** Makes a progress for each attack. */
  readonly progress?: (attack: string) => Progress;
  /** Stops between two batches, and within attacks that listen. */
  readonly signal?: AbortSignal;
}

/** The options of {@linkcode robustness}, for whoever passes them on. */
export const robustnessSettings: Settings = {
  surrogates: object("a record of classifiers by the attack's name"),
  shown: word(["survivors", "everyone"], { default: "survivors" }),
  batch: count({ least: 1, default: 100 }),
  seed: count({ default: 0 }),
  progress: callable(),
  signal: object("an AbortSignal"),
};

/** What one attack leaves by itself. */
export interface ShareAlone extends Share {
  /** Which images survive it. */
  readonly correct: readonly boolean[];
}

/** What one attack did to the data set. */
export interface AttackRecord {
  /** Its name among the attacks. */
  readonly name: string;
  /** Its settings. */
  readonly spec: AttackSpec;
  /** How many images it was shown. */
  readonly shown: number;
  /** How many of them fell to it. */
  readonly fallen: number;
  /** The accuracy under this attack and those before it. */
  readonly left: Share;
  /** The accuracy under this attack alone, where it was shown everyone. */
  readonly alone?: ShareAlone;
  /** Passes of one image through a classifier, forwards and back. */
  readonly passes: Passes;
  /** Wall-clock time. */
  readonly seconds: number;
  /** What makes its numbers doubtful; absent where nothing does. */
  readonly faults?: Faults;
}

/** The robust accuracy of a victim, and how it came about. */
export interface Robustness {
  /** How many images. */
  readonly n: number;
  /** Without an attack. */
  readonly clean: Share;
  /** The clean images that a victim which detects refuses: its false positives. Absent where it refuses none by its nature. */
  readonly refused?: Share;
  /** What survives every attack, image by image: mean over images of the minimum over attacks. */
  readonly robust: Share;
  /** Which images survive. */
  readonly correct: readonly boolean[];
  /** The first attack that each image fell to; `"clean"` where it was wrong without one, `null` where it stands. */
  readonly takenBy: readonly (string | null)[];
  /** The attacks in order. */
  readonly attacks: readonly AttackRecord[];
  /**
   * The shares of images that survive while no attack had a gradient of use for them: it was zero, or held NaN or infinity.
   * Absent where no attack follows gradients.
   */
  readonly gradients?: GradientShares;
  /** What makes the numbers doubtful, of clean images and of all attacks together; absent where nothing does. */
  readonly faults?: Faults;
}

/**
 * Robust accuracy: what survives the worst of several attacks, image by image.
 *
 * An image counts as fallen when an attack finds a version of it, at its end or on the way, that fools the victim and lies
 * in the attack's ball and in [0, 1]. Images that have fallen leave the batch, so that an undefended network costs little
 * more than its first steps. The verdicts are those of every attack on every image, since random draws follow the image,
 * not its place. (Sums in another order may differ in the last bit for batches of other sizes, which now and then decides
 * the sign of a gradient near 0.)
 *
 * A sure victim that ends in log(softmax) returns minus infinity, whose gradient float32 has lost: attacks differentiate the
 * same function computed by logarithms (`inLogDomain` of `@gcln/kit/tensor`). The victim that judges stays as it is.
 *
 * @param victim What is scored. Mark it `frozen` to have it compiled.
 * @param data The images, at least one.
 * @param attacks By name, in order: put the cheap ones first.
 * @param options Surrogates, seed, progress.
 * @throws {RangeError} Where there are no images, an option is wrong, a surrogate is named after no attack, the victim
 * returns no logits, or no output stands for a label.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { dataset } from "@gcln/kit/data";
 * import { robustness } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is the brighter channel. FGS takes from the one and gives to the other.
 * const victim = (images: Images) => images.reshape([-1, 2]) as Logits;
 * const pixels = Uint8Array.of(100, 90, 100, 101, 200, 100), labels = new Uint8Array(3);
 * const data = dataset({ name: "pairs", split: "test", classes: ["a", "b"], shape: [1, 1, 2], pixels, labels });
 * const { clean, robust, takenBy } = await robustness(victim, data, { FGS: { attack: "fgs", ball: linf(8 / 255) } });
 * assertEquals([clean.accuracy, robust.accuracy], [2 / 3, 1 / 3]);
 * assertEquals(takenBy, ["FGS", "clean", null]);
 * ```
 */
export async function robustness(
  victim: Victim,
  data: Dataset,
  attacks: Readonly<Record<string, AttackSpec>>,
  options: RobustnessOptions = {},
): Promise<Robustness> {
  checkFunction("victim", victim);
  checkDataset("measure", data);
  checkSetting("attacks", object("a record of specs by name"), attacks);
  checkSettings("robustness", robustnessSettings, options);
  for (const [name, spec] of Object.entries(attacks)) {
    if (name === "clean") throw new RangeError('Cannot name an attack "clean": it is the name of no attack');
    checkSpec(spec);
  }
  const { surrogates = {}, shown = "survivors", batch: size = 100, seed = 0, progress, signal } = options;
  for (const [name, surrogate] of Object.entries(surrogates)) {
    checkFunction(`surrogate ${JSON.stringify(name)}`, surrogate);
    if (!Object.hasOwn(attacks, name)) {
      throw new RangeError(
        `There is a surrogate for ${JSON.stringify(name)}, but the attacks are ${
          Object.keys(attacks).join(", ")
        }`,
      );
    }
  }
  const n = data.size, scored = counted(victim), images = standing(n), loop = { data, size, signal };
  let refused: Judgement["refused"];
  const first = await images.show("clean", images.everyone, async (rows) => {
    const judgement = await judgedClean(scored, { ...loop, rows });
    refused = judgement.refused;
    return judgement;
  });
  const clean = shareOf(images.rows().length, n), records: AttackRecord[] = [];
  let faults = first.faults;
  const followed: Differentiated[] = [];
  for (const [name, spec] of Object.entries(attacks)) {
    const surrogate = differentiated(victim, surrogates[name]), loss = lossFollowed(spec);
    if (loss !== undefined) followed.push({ surrogate, loss });
    const turn = await images.show(
      name,
      shown === "everyone" ? images.everyone : images.rows(),
      (rows) =>
        judgedUnder(spec, { ...loop, rows, progress: progress?.(name) }, {
          victim: scored,
          surrogate,
          seed: fold(seed, spec.attack),
        }),
    );
    faults = addFaults(faults, turn.faults);
    records.push({
      name,
      spec,
      shown: turn.shown.length,
      fallen: turn.fallen.length,
      left: shareOf(images.rows().length, n),
      ...(shown === "everyone" ? { alone: shareWithout(new Set([...first.fallen, ...turn.fallen]), n) } : {}),
      passes: turn.passes,
      seconds: turn.seconds,
      ...(hasFaults(turn.faults) ? { faults: turn.faults } : {}),
    });
  }
  const takenBy = images.takenBy();
  const useless = await uselessGradients({ ...loop, rows: images.rows() }, followed);
  return {
    n,
    clean,
    ...(refused ? { refused: shareOf(refused.filter(Boolean).length, n) } : {}),
    robust: shareOf(images.rows().length, n),
    correct: takenBy.map((by) => by === null),
    takenBy,
    attacks: records,
    ...(useless ? { gradients: sharesOf(useless, n) } : {}),
    ...(hasFaults(faults) ? { faults } : {}),
  };
}

/** The share of n images that is left without some. */
function shareWithout(gone: ReadonlySet<number>, n: number): ShareAlone {
  return {
    ...shareOf(n - gone.size, n),
    correct: Array.from({ length: n }, (_, row) => !gone.has(row)),
  };
}
