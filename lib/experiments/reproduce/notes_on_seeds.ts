import type { ResultHead } from "../../evaluation/mod.ts";
import { isMeasured, type Row } from "../table.ts";

/** A row or a curve, and the seeds that it was measured from. */
interface SeedsOfRow {
  readonly head: string;
  readonly row: Row;
  readonly seeds: readonly number[];
}

/**
 * What a reader has to know where rows are measured from different seeds: which from which, what their intervals hold, and
 * which rows wait for their networks.
 */
export function notesOnSeeds(all: readonly SeedsOfRow[]): Pick<ResultHead, "notes"> {
  const rows = all.filter(({ row }) => isMeasured(row)),
    groups = Map.groupBy(rows, ({ seeds }) => seeds.join(", "));
  const heads = (group: readonly SeedsOfRow[]) => [...new Set(group.map(({ head }) => head))].join("; ");
  const waiting = groups.get("") ?? [];
  groups.delete("");
  const notes = [
    ...(groups.size > 1
      ? [
        `${
          [...groups].map(([seeds, group]) =>
            `${seeds.includes(",") ? "Seeds" : "Seed"} ${seeds}: ${heads(group)}.`
          ).join(" ")
        } Intervals over several seeds hold the noise of the test images and that of training; those of one seed hold that of ` +
        "the test images alone.",
      ]
      : []),
    ...(waiting.length > 0
      ? [`Not measured, since their networks are not trained yet: ${heads(waiting)}.`]
      : []),
  ];
  return notes.length === 0 ? {} : { notes };
}
