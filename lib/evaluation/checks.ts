import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/**
 * What a check returns: a finding, and the numbers that it compared. The first is the one in doubt, the others are
 * why.
 */
export interface Suspicion extends Omit<Finding, "about"> {
  /** The numbers, the doubtful one first. */
  readonly numbers: readonly [Evidence, ...Evidence[]];
}

/** A check of an evaluation: looks at all numbers there are, and compares what can be compared. */
export type Check = (evidence: readonly Evidence[]) => Suspicion[];

/** Attackers without access to the defended classifier. */
const OUTSIDERS: ReadonlySet<string | undefined> = new Set(["black-box", "oblivious"]);

/** How many points the headline may be above the worst case, as a fraction. */
const HEADLINE_MARGIN = 0.05;

/** From this share of images on, a zero gradient decides the number. */
const MANY_IMAGES = 0.1;

const MASKED = "The gradient is likely to be masked. ";

/** From here on every image can be made the same grey. */
const ANY_IMAGE = 0.5;

/** A share in percent with one decimal; 86.05% is 86.1%. */
function percent(share: number): string {
  return `${(Math.round(share * 1000 + 1e-6) / 10).toFixed(1)}%`;
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** The subject of a message: `Our method (Qs = 10), as the paper reports it`. */
function of({ row, source, quoted }: Evidence): string {
  if (source === "measured") return row;
  return `${row}, as the paper ${quoted ? "quotes" : "reports"} it`;
}

/** The column, with its table where the numbers of several are compared. */
function named({ name, column, table }: Evidence, others: readonly Evidence[]): string {
  const head = name ?? column, tables = new Set(others.map(({ table }) => table));
  return tables.size > 1 && table !== undefined ? `${head} (${table.replace("table", "Table ")})` : head;
}

function withAccuracy(numbers: readonly Evidence[], all: readonly Evidence[]): string {
  return list(numbers.map((number) => `${percent(number.accuracy)} under ${named(number, all)}`));
}

/** Whether a is smaller than b by more than the noise: their intervals don't touch. */
function clearlyLess(a: Evidence, b: Evidence): boolean {
  return a.interval[1] < b.interval[0];
}

/** The white-box attacker of the tables, who takes the gradient as it comes. */
function isPlainWhiteBox({ attack, surrogate }: Evidence): boolean {
  return attack !== undefined && surrogate === "white-box";
}

/** An attacker with full access, whichever gradient it puts in place. */
function isInsider({ attack, surrogate }: Evidence): boolean {
  return attack !== undefined && surrogate !== undefined && !OUTSIDERS.has(surrogate);
}

/** An attacker who puts a gradient in place, or the worst case of several attacks. */
function isAdaptive({ surrogate }: Evidence): boolean {
  return surrogate !== undefined && surrogate !== "white-box" && !OUTSIDERS.has(surrogate);
}

function isOneStep({ attack }: Evidence): boolean {
  return attack?.attack === "fgs" || attack?.steps === 1;
}

/** Square and other attacks by queries alone take no gradient. */
function takesGradients({ attack }: Evidence): boolean {
  return attack !== undefined && attack.attack !== "square";
}

/** Whether b is allowed at least the distance of a, to within the paper's 8/255 for 8/256. */
function reachesAsFar(a: Evidence, b: Evidence): boolean {
  const from = a.attack?.ball, to = b.attack?.ball;
  if (from === undefined || to === undefined) return true;
  return from.norm === to.norm && to.epsilon > from.epsilon * 0.99;
}

/** Numbers that may be compared with each other: of one defense, data set and source. */
function byRow(evidence: readonly Evidence[]): Evidence[][] {
  const groups = Map.groupBy(evidence, ({ row, dataset, source }) => JSON.stringify([row, dataset, source]));
  return [...groups.values()];
}

/** In numbers that the paper quotes from others, a finding is only good to know. */
function severity(numbers: readonly Evidence[], measured: "warning" | "serious"): Finding["severity"] {
  return numbers.some(({ quoted }) => quoted) ? "note" : measured;
}

/**
 * The attacker's gradient is exactly zero on some images, so that it has nowhere to go: rounding without a gradient
 * put in its place, for one.
 *
 * @param evidence Numbers with {@linkcode Evidence.zeroGradient}.
 */
export function zeroGradients(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const [first, ...others] = row.filter((number) =>
      takesGradients(number) && (number.zeroGradient ?? 0) > 0
    );
    if (first === undefined) return [];
    const all = [first, ...others], shares = all.map(({ zeroGradient }) => zeroGradient!);
    const alike = Map.groupBy(all, ({ zeroGradient }) => percent(zeroGradient!));
    const where = [...alike].map(([share, cells]) =>
      `${share} of the images under ${list(cells.map(({ column }) => column))}`
    );
    return [{
      severity: Math.max(...shares) < MANY_IMAGES ? "warning" : "serious",
      message: `${of(first)}: the attacker's gradient is exactly zero on ${list(where)}. ` +
        "An attack by gradients can't move such an image.",
      remedy:
        "Do not read these numbers as robustness. Attack with a gradient put in place of the one that " +
        "vanishes: rounding passed straight through (BPDA), or the margin where the classifier is too sure.",
      numbers: [first, ...others] as const,
    }];
  });
}

/**
 * One step of an attacker with access is stronger than many. An iterated attack contains the single step, so the search
 * must have been misled. Black-box columns are left out: one step may well transfer better than many.
 *
 * @param evidence All numbers.
 */
export function oneStepStronger(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) =>
    row.filter((number) => isInsider(number) && isOneStep(number)).flatMap((step) => {
      const [first, ...others] = row.filter((many) =>
        many.surrogate === step.surrogate && takesGradients(many) && !isOneStep(many) &&
        reachesAsFar(step, many) && clearlyLess(step, many)
      );
      if (first === undefined) return [];
      const all = [step, first, ...others], iterated = withAccuracy([first, ...others], all);
      return [{
        severity: severity(all, "serious"),
        message:
          `${of(step)}: the single step of ${step.column} leaves ${percent(step.accuracy)} right, but ` +
          `iterated attacks leave more: ${iterated}. More steps should never be weaker.`,
        remedy: MASKED +
          "Check that it isn't zero, pass rounding straight through (BPDA), and count each image as " +
          "right only if it survives every attack.",
        numbers: [first, step, ...others] as const,
      }];
    })
  );
}

/**
 * An attacker without access to the defense (black-box, or one who doesn't know of it) is stronger than the same
 * attack with access; or an attack by queries alone is stronger than every attack by gradients.
 *
 * @param evidence All numbers.
 */
export function outsiderStronger(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) => {
    const insiders = row.filter((number) => isInsider(number) && takesGradients(number));
    return row.flatMap((outsider) => {
      const blind = outsider.attack !== undefined && !takesGradients(outsider);
      if (outsider.attack === undefined || !(blind || OUTSIDERS.has(outsider.surrogate))) return [];
      const comparable = insiders.filter(({ attack }) => blind || attack!.attack === outsider.attack!.attack)
        .filter((insider) => reachesAsFar(outsider, insider));
      const [first, ...others] = comparable.filter((insider) => clearlyLess(outsider, insider));
      if (first === undefined || (blind && others.length + 1 < comparable.length)) return [];
      const all = [outsider, first, ...others], inside = withAccuracy([first, ...others], all);
      const who = blind ? "which takes no gradient" : "an attack without access to the defense";
      return [{
        severity: severity(all, "serious"),
        message:
          `${of(outsider)}: ${named(outsider, all)}, ${who}, leaves ${percent(outsider.accuracy)} right; ` +
          `with access, there remain ${inside}. Knowing more should never make an attacker weaker.`,
        remedy: "Read the smaller number as an upper bound of the robustness. " + MASKED +
          "Put another in its place (BPDA), or start from the other attack's images.",
        numbers: [first, outsider, ...others] as const,
      }];
    });
  });
}

/**
 * The headline, white-box PGD (else the strongest iterated attack) with the gradient as it comes, is far above what an
 * adaptive attack leaves.
 *
 * @param evidence All numbers.
 */
export function headlineAboveWorstCase(evidence: readonly Evidence[]): Suspicion[] {
  const lowest = (numbers: readonly Evidence[]) => numbers.toSorted((a, b) => a.accuracy - b.accuracy)[0];
  return byRow(evidence).flatMap((row) => {
    const iterated = row.filter((number) => isPlainWhiteBox(number) && !isOneStep(number));
    const headline = lowest(iterated.filter(({ attack }) => attack!.attack === "pgd")) ?? lowest(iterated);
    const worst = lowest(row.filter(isAdaptive));
    if (headline === undefined || worst === undefined || !clearlyLess(worst, headline)) return [];
    const gap = headline.accuracy - worst.accuracy, all = [headline, worst];
    if (gap < HEADLINE_MARGIN) return [];
    const [above, below] = all.map((number) => withAccuracy([number], all));
    return [{
      severity: severity(all, "serious"),
      message: `${of(headline)}: ${above} is not the worst case, ${below} is lower by ${
        (100 * gap).toFixed(1)
      } points.`,
      remedy: "Compare defenses by the worst case over all attacks, adaptive ones (BPDA) included.",
      numbers: [headline, worst] as const,
    }];
  });
}

/**
 * The same attack with more steps is weaker.
 *
 * @param evidence All numbers.
 */
export function moreStepsWeaker(evidence: readonly Evidence[]): Suspicion[] {
  return byRow(evidence).flatMap((row) =>
    row.filter(({ attack }) => attack?.steps !== undefined).flatMap((long) => {
      const shorter = row.filter((short) =>
        short.attack?.attack === long.attack!.attack && short.surrogate === long.surrogate &&
        short.attack.steps !== undefined && short.attack.steps < long.attack!.steps! &&
        reachesAsFar(short, long) &&
        clearlyLess(short, long)
      );
      const [strongest] = shorter.toSorted((a, b) => a.accuracy - b.accuracy);
      if (strongest === undefined) return [];
      const [more, fewer] = [long, strongest].map(({ attack, column }) =>
        `${attack!.steps} steps of ${column}`
      );
      return [{
        severity: severity([long, strongest], "warning"),
        message: `${of(long)}: ${more} leave ${percent(long.accuracy)} right, but ${fewer} only ` +
          `${percent(strongest.accuracy)}.`,
        remedy:
          "The attack is likely to lose what it had: keep each image's best step, take smaller steps, or " +
          "look for a masked gradient.",
        numbers: [long, strongest] as const,
      }];
    })
  );
}

/**
 * An attack that may change every pixel to grey still leaves more right than guessing would.
 *
 * @param classes How many classes there are.
 * @returns The check. It looks at L∞ balls of ε ≥ 0.5.
 */
export function largeBallSurvived(classes: number): Check {
  return (evidence) =>
    evidence.filter((number) => {
      const ball = number.attack?.ball;
      return isInsider(number) && ball?.norm === "linf" && ball.epsilon >= ANY_IMAGE &&
        number.interval[0] > 1 / classes;
    }).map((number) => ({
      severity: severity([number], "serious"),
      message:
        `${of(number)}: ${withAccuracy([number], [number])}, with ε = ${number.attack!.ball!.epsilon}. ` +
        "So large a change can make every image the same grey, which leaves no more than guessing, " +
        `${percent(1 / classes)}.`,
      remedy:
        "The attack fails, not the defense holds: check its gradient, its steps (ε / 50 or more, 100 of " +
        "them) and its loss before any of its numbers is read.",
      numbers: [number],
    }));
}
