/** A tensor that only one side has. */
export interface Lone {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A missing parameter, and the tensor left over that it may be; one of them where nothing is like it. */
export interface LikelyPair {
  readonly missing?: Lone;
  readonly left?: Lone;
}

/** Missing parameters and tensors left over, those together that have one shape and the most similar names. */
export function likelyPairs(missing: readonly Lone[], left: readonly Lone[]): LikelyPair[] {
  const rated = missing.flatMap((one, i) =>
    left.flatMap((other, j) => {
      const likeness = isAlike(one, other) ? similarity(one.name, other.name) : 0;
      return likeness > 0 ? [{ i, j, likeness }] : [];
    })
  ).sort((a, b) => b.likeness - a.likeness);
  const partner = new Map<number, number>(), taken = new Set<number>();
  for (const { i, j } of rated) {
    if (partner.has(i) || taken.has(j)) continue;
    partner.set(i, j);
    taken.add(j);
  }
  return [
    ...missing.map((one, i) =>
      partner.has(i) ? { missing: one, left: left[partner.get(i)!]! } : { missing: one }
    ),
    ...left.filter((_, j) => !taken.has(j)).map((other) => ({ left: other })),
  ];
}

/** Pairs as the lines of a table. */
export function sideBySide(pairs: readonly LikelyPair[], shown = 12): string[] {
  if (pairs.length === 0) return [];
  const cell = (lone: Lone | undefined) => lone === undefined ? "-" : `${lone.name} [${lone.shape}]`;
  const rows = [
    ["missing", "left over"] as const,
    ...pairs.slice(0, shown).map(({ missing, left }) => [cell(missing), cell(left)] as const),
  ];
  const width = Math.max(...rows.map(([one]) => one.length));
  const rest = pairs.length > shown ? [`  and ${pairs.length - shown} more`] : [];
  return [...rows.map(([one, other]) => `  ${one.padEnd(width)}   ${other}`), ...rest];
}

/** Of one shape, and the same thing of a layer: a bias is never a weight. */
function isAlike(one: Lone, other: Lone): boolean {
  return `${one.shape}` === `${other.shape}` && last(one.name) === last(other.name);
}

function last(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** The share of letters that two names have in common at the front and at the end. */
function similarity(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let front = 0, end = 0;
  while (front < most && a[front] === b[front]) front++;
  while (end < most - front && a.at(-1 - end) === b.at(-1 - end)) end++;
  return (front + end) / Math.max(a.length, b.length);
}
