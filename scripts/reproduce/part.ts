/** What a run measures where it is not the whole experiment, and the name of its file. */
import { createHash } from "node:crypto";
import { mostExamples } from "../../lib/experiments/mod.ts";
import type { AnyFlags } from "./flags.ts";

/** The longest end of a file's name; a longer one is cut and gets a hash. */
const LONGEST = 60;

/**
 * Which part of an experiment some flags choose, in words: `rows No Defense; 50 examples`; undefined where it is all.
 */
export function partOf(flags: AnyFlags): string | undefined {
  const { rows, columns, panels, curves, row, examples = mostExamples(), untrained } = flags;
  const lists = Object.entries({ rows, columns, panels, curves, row: row ? [row] : undefined }).flatMap((
    [name, heads],
  ) =>
    heads === undefined || heads.length === 0
      ? []
      : [`${name} ${heads.flatMap((text) => text.split(",")).map((head) => head.trim()).join(", ")}`]
  );
  const parts = [
    ...lists,
    ...(examples === undefined ? [] : [`${examples} examples`]),
    ...(untrained === "skip" ? ["only networks that were there"] : []),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

/**
 * The end of the name of a run's files, so that a run with other flags does not overwrite them: `-rows-no-defense`; empty
 * for the whole experiment with the usual seed.
 */
export function fileEnd(flags: AnyFlags): string {
  const { seed = 1, seeds, search = "float32" } = flags;
  const words = [
    partOf(flags) ?? "",
    seed === 1 ? "" : `seed ${seed}`,
    seeds === undefined ? "" : `${seeds} seeds`,
    search === "float32" ? "" : search,
  ].filter(Boolean).join(" ");
  const slug = words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  if (slug === "") return "";
  if (slug.length <= LONGEST) return `-${slug}`;
  const hash = createHash("sha256").update(words).digest("hex").slice(0, 8);
  return `-${slug.slice(0, LONGEST - hash.length - 1).replace(/-$/, "")}-${hash}`;
}
