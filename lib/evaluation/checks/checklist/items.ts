import type { Evidence } from "../../evidence.ts";
import { asksOf, isAdaptive, isInsider, isPlainWhiteBox, takesGradients, WORST_CASE } from "../attackers.ts";
import { clearlyLess, inMainBall, lowest, reachesEveryImage } from "../comparable.ts";
import {
  type ComparedPair,
  fewerAndMoreSteps,
  halfAndAllSteps,
  lessAndMoreKnown,
  oneStepAndMany,
  smallerAndLargerBall,
} from "../compared_pairs.ts";
import { knownAttack } from "../published_attacks.ts";
import { joinedWords } from "../words.ts";
import {
  type Case,
  epsilon,
  fails,
  holds,
  isAttack,
  type ItemVerdict,
  left,
  never,
  notShown,
  steps,
} from "./verdict.ts";

/** How many random draws Carlini et al. ask for. */
const MANY_DRAWS = 10_000;

/** The items, as Carlini et al. list them, and how they are looked at. */
export const ITEMS: Readonly<Record<string, (the: Case) => ItemVerdict>> = {
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
function blind(row: readonly Evidence[], kind: "scores" | "decisions", examples: string): ItemVerdict {
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
