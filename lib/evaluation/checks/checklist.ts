import { checkSettings, count, object, text } from "../../kinds/mod.ts";
import {
  asksOf,
  byRow,
  clearlyLess,
  type ComparedPair,
  fewerAndMoreSteps,
  halfAndAllSteps,
  inMainBall,
  isAdaptive,
  isInsider,
  isPlainWhiteBox,
  lessAndMoreKnown,
  lowest,
  oneStepAndMany,
  reachesEveryImage,
  smallerAndLargerBall,
  takesGradients,
  WORST_CASE,
} from "./comparable.ts";
import { knownAttack } from "./published_attacks.ts";
import { columnName, inPercent, joinedWords, radius } from "./words.ts";
import type { DefenseTrait } from "../../defenses/mod.ts";
import { type Evidence, measuredEvidence } from "../evidence.ts";
import type { FigureResult, Result } from "../result.ts";

/** What numbers say of an item of the checklist. */
export type ChecklistStatus = "holds" | "fails" | "not shown";

/** An item of the checklist, and what the numbers say of it. */
export interface ChecklistItem {
  /** What a sound evaluation shows. */
  readonly item: string;
  /** "not shown": no numbers say so, or they differ by less than the noise. */
  readonly status: ChecklistStatus;
  /** The numbers, or which are missing. */
  readonly evidence: string;
}

/** The checklist of one defense. */
export interface Checklist {
  /** The head of its row, or the name of its curve. */
  readonly row: string;
  /** The data set. */
  readonly dataset: string;
  /** Whose numbers they are. */
  readonly source: "measured" | "reported";
  /** The items, always in the same order. */
  readonly items: readonly ChecklistItem[];
}

/** What {@linkcode checklist} knows beside the numbers. */
export interface ChecklistOptions {
  /** How many classes there are. Default: as many as the result says, or the data set has that the kit knows by its name. */
  readonly classes?: number;
  /**
   * What each row's defense is made of, an empty list for none of it. Of a row that is left out nothing is known but
   * what its numbers show: where the gradient is exactly zero something is not differentiable.
   */
  readonly traits?: Readonly<Record<string, readonly DefenseTrait[]>>;
  /** The row of the classifier without any defense. Default `"No Defense"`. */
  readonly undefended?: string;
}

const SETTINGS = {
  classes: count({ least: 2 }),
  traits: object("a record of traits by row"),
  undefended: text({ default: "No Defense" }),
};

/** How many random draws Carlini et al. ask for. */
const MANY_DRAWS = 10_000;

type Verdict = Omit<ChecklistItem, "item">;

/** What an item looks at: the numbers of a row, those of the undefended classifier, and what is known. */
interface Case {
  readonly row: readonly Evidence[];
  readonly undefended: readonly Evidence[];
  readonly isUndefended: boolean;
  readonly traits: readonly DefenseTrait[] | undefined;
  readonly classes: number | undefined;
}

const holds = (evidence: string): Verdict => ({ status: "holds", evidence });
const fails = (evidence: string): Verdict => ({ status: "fails", evidence });
const notShown = (evidence: string): Verdict => ({ status: "not shown", evidence });

/** `PGD leaves 86.1% and FGS 75.2%.`; each number once. */
function left(numbers: readonly Evidence[], label: (number: Evidence) => string = () => ""): string {
  const each = [...new Set(numbers)].map((number, i) =>
    `${columnName(number, numbers)}${label(number)} ${i === 0 ? "leaves " : ""}${inPercent(number.accuracy)}`
  );
  return `${joinedWords(each)}.`;
}

const steps = ({ attack }: Evidence): string => ` (${attack!.steps} steps)`;
const epsilon = (number: Evidence): string => ` (ε = ${radius(number)})`;
const isAttack = ({ attack }: Evidence): boolean => attack !== undefined;

/** The second of each pair should leave no more than the first. */
function never(
  pairs: readonly ComparedPair[],
  missing: string,
  label?: (number: Evidence) => string,
): Verdict {
  if (pairs.length === 0) return notShown(missing);
  const against = pairs.filter(([weaker, stronger]) => clearlyLess(weaker, stronger));
  return against.length > 0 ? fails(left(against.flat(), label)) : holds(left(pairs.flat(), label));
}

/** The items, as Carlini et al. list them, and how they are looked at. */
const ITEMS: Readonly<Record<string, (the: Case) => Verdict>> = {
  "Iterated attacks are at least as strong as a single step": ({ row }) =>
    never(oneStepAndMany(row), "A single step and an iterated attack with the same access are wanted."),

  "More steps are never weaker": ({ row }) =>
    never(fewerAndMoreSteps(row), "The same attack with fewer and with more steps is wanted.", steps),

  "Twice the steps change nothing": ({ row }) => {
    const pairs = halfAndAllSteps(row);
    if (pairs.length === 0) return notShown("The longest attack with half its steps or fewer is wanted.");
    const changed = pairs.filter(([half, all]) => clearlyLess(all, half) && all.interval[0] > 0);
    return changed.length > 0 ? fails(left(changed.flat(), steps)) : holds(left(pairs.flat(), steps));
  },

  "A larger ball leaves strictly less": ({ row }) => {
    const pairs = smallerAndLargerBall(row),
      verdict = never(
        pairs,
        "The same attack in balls of several radii is wanted.",
        epsilon,
      );
    if (verdict.status !== "holds") return verdict;
    const flat = ends(pairs).filter(([small, large]) => !clearlyLess(large, small) && small.interval[0] > 0);
    return flat.length === 0
      ? verdict
      : notShown(`${left(flat.flat(), epsilon)} That is no less than the noise allows.`);
  },

  "A ball that holds every image leaves no more than guessing": ({ row, classes }) => {
    const everywhere = row.filter((number) => isInsider(number) && reachesEveryImage(number.attack!));
    if (everywhere.length === 0) {
      return notShown("An attack with access, in an L∞ ball of ε ≥ 0.5, is wanted.");
    }
    if (classes === undefined) {
      return notShown(`${left(everywhere, epsilon)} How many classes there are is not known.`);
    }
    const standing = everywhere.filter(({ interval }) => interval[0] > 1 / classes);
    return standing.length > 0 ? fails(left(standing, epsilon)) : holds(left(everywhere, epsilon));
  },

  "With access an attack is at least as strong as without": ({ row }) =>
    never(
      lessAndMoreKnown(row).filter(([outsider]) => takesGradients(outsider)),
      "The same attack with and without access to the defense is wanted.",
    ),

  "Attacks are at least as strong as noise": ({ row }) => {
    const noise = row.filter(({ attack }) => attack !== undefined && asksOf(attack) === "nothing");
    const best = strongestAgainst(noise, row);
    if (best === undefined) {
      return notShown("Noise in the same ball, the best of 10 000 draws or more, is wanted.");
    }
    const all = [best, ...noise];
    if (noise.some((number) => clearlyLess(number, best))) return fails(left(all));
    const draws = Math.max(...noise.map(({ attack }) => Number(attack!.draws ?? 1)));
    return draws >= MANY_DRAWS
      ? holds(left(all))
      : notShown(`${left(all)} 10 000 draws or more are wanted: these are ${draws}.`);
  },

  "No attack without gradients is stronger": ({ row }) => blind(row, "scores", "Square or SPSA"),

  "No attack by decisions alone is stronger": ({ row }) => blind(row, "decisions", "HopSkipJump or Boundary"),

  "What is random is averaged over (EOT)": ({ row, traits }) => {
    const averaged = row.filter(({ surrogate = "", attack }) =>
      /\beot\b/i.test(surrogate) || /eot/i.test(attack?.attack ?? "") || attack?.eot !== undefined
    );
    if (averaged.length > 0) return holds(left(averaged));
    if (traits === undefined) return notShown("Whether the defense is random is not known.");
    return traits.includes("randomised")
      ? fails("The defense is random, and no attack takes the expectation over its draws.")
      : holds("Nothing in the defense is random.");
  },

  "What is not differentiable has a gradient put in place (BPDA)": (the) => {
    const replaced = the.row.filter(isReplaced);
    if (replaced.length > 0) return holds(left(replaced));
    switch (isDifferentiable(the)) {
      case "yes":
        return holds("There is nothing to replace: the gradient vanishes on no image.");
      case "no":
        return fails("The gradient is missing, and no attack puts another in its place.");
      default:
        return notShown("Whether the defense has parts without a gradient is not known.");
    }
  },

  "That gradient breaks the classifier without the defense": (the) => {
    const replaced = the.row.filter(isReplaced);
    if (the.isUndefended) return holds("This is the classifier without the defense.");
    if (replaced.length === 0 && isDifferentiable(the) === "yes") {
      return holds("There is nothing to replace.");
    }
    const surrogates = new Set(replaced.map(({ surrogate }) => surrogate));
    const tried = the.undefended.filter((number) => isAttack(number) && surrogates.has(number.surrogate));
    const clean = the.undefended.find((number) => !isAttack(number) && number.surrogate === undefined);
    if (tried.length === 0 || clean === undefined) {
      return notShown("The undefended classifier, attacked through the same part, is wanted.");
    }
    const broken = tried.filter((number) => clearlyLess(number, clean));
    return broken.length > 0 ? holds(left([clean, ...broken])) : fails(left([clean, ...tried]));
  },

  "The worst case is taken image by image": ({ row }) => {
    const worst = row.filter(({ surrogate, attack }) =>
      surrogate === WORST_CASE || attack !== undefined && knownAttack(attack.attack).severalAttacks
    );
    const least = lowest(worst), best = lowest(inMainBall(row).filter((number) => !worst.includes(number)));
    if (least === undefined) return notShown("The share of images that survive every attack is wanted.");
    return best !== undefined && best.accuracy < least.accuracy
      ? fails(`${left([least, best])} No worst case can be above one of its cases.`)
      : holds(left([least, ...best ? [best] : []]));
  },

  "All settings of the attacks are reported": ({ row }) => {
    const attacks = row.filter(isAttack);
    if (attacks.length === 0) return notShown("There is no attack.");
    const open = attacks.flatMap((number) => {
      const missing = missingSettings(number);
      return missing.length > 0 ? [`${number.name ?? number.column}: ${joinedWords(missing)}`] : [];
    });
    return open.length > 0 ? fails(`Not given: ${open.join("; ")}.`) : holds("For every attack.");
  },
};

/** The smallest and the largest ball of each attack. */
function ends(pairs: readonly ComparedPair[]): ComparedPair[] {
  const ofAttack = ([{ attack, surrogate }]: ComparedPair) =>
    JSON.stringify([attack!.attack, surrogate, attack!.ball!.norm]);
  const radiusOf = ({ attack }: Evidence) => attack!.ball!.epsilon;
  return [...Map.groupBy(pairs, ofAttack).values()].map((group) => {
    const width = ([small, large]: ComparedPair) => radiusOf(large) - radiusOf(small);
    return group.toSorted((a, b) => width(b) - width(a))[0]!;
  });
}

/** Attacks that take no gradient, against all that take one. */
function blind(row: readonly Evidence[], kind: "scores" | "decisions", examples: string): Verdict {
  const tried = row.filter(({ attack }) => attack !== undefined && asksOf(attack) === kind);
  if (tried.length === 0) return notShown(`${examples} is wanted.`);
  const best = strongestAgainst(tried, row);
  if (best === undefined) {
    return notShown(`${left(tried)} No attack by gradients is there to compare it with.`);
  }
  const stronger = tried.filter((number) => clearlyLess(number, best));
  return stronger.length > 0 ? fails(left([best, ...stronger])) : holds(left([best, ...tried]));
}

/** The strongest attack by gradients that may be compared with some that take none. */
function strongestAgainst(blind: readonly Evidence[], row: readonly Evidence[]): Evidence | undefined {
  return lowest(
    lessAndMoreKnown(row).filter(([outsider]) => blind.includes(outsider)).map(([, insider]) => insider),
  );
}

/** An attack that puts a gradient in place. */
function isReplaced(number: Evidence): boolean {
  return isAttack(number) && isAdaptive(number) && number.surrogate !== WORST_CASE;
}

function isDifferentiable({ row, traits }: Case): "yes" | "no" | "not known" {
  const plain = row.filter((number) => isPlainWhiteBox(number) && number.zeroGradient !== undefined);
  if (traits?.includes("non-differentiable") || plain.some(({ zeroGradient }) => zeroGradient! > 0)) {
    return "no";
  }
  return traits !== undefined || plain.length > 0 ? "yes" : "not known";
}

/** What a report leaves out of an attack. */
function missingSettings({ attack, surrogate }: Evidence): string[] {
  const { required } = knownAttack(attack!.attack);
  const words = (setting: string) => setting.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return [
    ...(attack!.ball === undefined ? ["the ball"] : []),
    ...required.filter((setting) => attack![setting] === undefined).map(words),
    ...(surrogate === undefined ? ["what is differentiated"] : []),
  ];
}

/**
 * The evaluation checklist of Carlini et al. (2019, §4 and §5 of "On evaluating adversarial robustness"), as far as
 * numbers can answer it: which items hold, which fail, and which nothing has been measured for.
 *
 * Differences within the noise count for neither side: two 95 % intervals that touch.
 *
 * @param of A table or a figure; or numbers, {@linkcode reportedEvidence} for one.
 * @param options What the defenses are made of.
 * @returns A list for each row in which there is an attack.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checklist } from "@gcln/kit/evaluation";
 *
 * const cell = { reported: null, quoted: false, n: 1000, surrogate: "white-box" };
 * const [mine] = checklist({
 *   dataset: "cifar10",
 *   rows: {
 *     Mine: {
 *       FGS: { ...cell, accuracy: 0.75, attack: { attack: "fgs" } },
 *       PGD: { ...cell, accuracy: 0.86, attack: { attack: "pgd", steps: 10 } },
 *     },
 *   },
 * });
 * assertEquals(mine?.items[0], {
 *   item: "Iterated attacks are at least as strong as a single step",
 *   status: "fails",
 *   evidence: "FGS leaves 75.0% and PGD 86.0%.",
 * });
 * ```
 */
export function checklist(
  of:
    | Pick<Result, "dataset" | "rows" | "classes">
    | Pick<FigureResult, "dataset" | "series" | "classes">
    | readonly Evidence[],
  options: ChecklistOptions = {},
): Checklist[] {
  checkSettings("checklist", SETTINGS, options);
  const { classes, traits = {}, undefended = "No Defense" } = options;
  const evidence = "dataset" in of ? measuredEvidence(of) : of;
  return byRow(evidence).filter((row) => row.some(isAttack)).map((row) => {
    const [{ row: name, dataset, source }] = row as [Evidence];
    const the: Case = {
      row,
      undefended: evidence.filter((other) =>
        other.row === undefended && other.dataset === dataset && other.source === source
      ),
      isUndefended: name === undefended,
      traits: Object.hasOwn(traits, name) ? traits[name] : undefined,
      classes: classes ?? row[0]!.classes,
    };
    const items = Object.entries(ITEMS).map(([item, verdict]) => ({ item, ...verdict(the) }));
    return { row: name, dataset, source, items };
  });
}
