import type { tf } from "../tensor/mod.ts";
import type { Declaration, Network } from "./architecture.ts";
import { likelyPairs, type Lone, sideBySide } from "./_likely_pairs.ts";
import { type FileName, found, hasShape, type Reading } from "./_matched_names.ts";
import { elsewhere, first, partlyPrefixed, renaming, said } from "./_misfit_hints.ts";
import { shapeInFile } from "./_pytorch_layout.ts";

/** The error that says why a file does not fit, and what would. */
export function misfit(
  { spec, otherNames = [] }: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  names: readonly FileName[],
  ways: readonly Reading[],
): RangeError {
  const best = bestOf(ways, wanted), missing: Lone[] = [], bent: string[] = [];
  for (const { name, shape } of wanted) {
    const entry = best.entries.get(name);
    if (entry === undefined) missing.push({ name, shape: shapeInFile(shape) });
    else if (!hasShape(entry, shape)) {
      const other = shapeInFile(shape),
        isTurned = other.length === 2 && `${entry.shape}` === `${other.toReversed()}`;
      bent.push(
        `${entry.name} [${entry.shape}] in place of [${other}]` +
          (isTurned ? ": transposed, dense weights are [outputs, inputs] in PyTorch's files" : ""),
      );
    }
  }
  const own = new Set(wanted.map(({ name }) => name));
  const left = [
    ...[...best.entries].filter(([name]) => !own.has(name)).map(([, entry]) => entry),
    ...best.doubles,
  ];
  const counts = [[missing.length, "missing"], [left.length, "left over"], [
    bent.length,
    "of another shape",
  ]] as const;
  const others = elsewhere(best), partly = partlyPrefixed(names, otherNames, wanted, found(best, wanted));
  const paired = likelyPairs(missing, left);
  const lines = [
    `The file does not fit a ${spec.architecture}: ${
      counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(", ")
    }`,
    ...sideBySide(paired),
    ...first(bent.map((line) => `of another shape: ${line}`)),
    ...said(best),
    ...(others.length > 0 ? others : partly.length > 0 ? partly : renaming(paired)),
  ];
  return new RangeError(lines.join("\n"));
}

/** The error where a file fits in several ways that differ in which tensor is which. */
export function ambiguous(
  { spec }: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  [one, other]: readonly [Reading, Reading],
): RangeError {
  const { name } = wanted.find(({ name }) => one.entries.get(name) !== other.entries.get(name))!;
  return new RangeError(
    `The file fits a ${spec.architecture} in two ways: ${name} may be ${one.entries.get(name)!.name} or ${
      other.entries.get(name)!.name
    }. Say which with the option rename`,
  );
}

/** The reading with the most of the names that are wanted. */
function bestOf(ways: readonly Reading[], wanted: readonly Declaration[]): Reading {
  return ways.reduce((best, way) => found(way, wanted) > found(best, wanted) ? way : best);
}
