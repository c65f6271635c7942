import { readPublished } from "../files/mod.ts";
import { checkSetting, checkSettings, text, word } from "../kinds/mod.ts";
import type { LikenessResult } from "./likeness.ts";
import { readResult } from "./read_result.ts";
import { type FigureName, type TableName, tableNames } from "./reported.ts";
import type { PanelsResult, Result } from "./result.ts";

/** Which run of an experiment. */
export interface RecordedOptions {
  /** How large it was; default `course`. */
  readonly profile?: string;
  /** On which images; default `fashion-mnist`. */
  readonly dataset?: string;
}

const MEASURED = new URL("../../fixtures/measured/", import.meta.url);

/** A table as it was measured. */
export function recorded(experiment: TableName, options?: RecordedOptions): Promise<Result>;
/** A figure as it was measured. */
export function recorded(experiment: FigureName, options?: RecordedOptions): Promise<PanelsResult>;
/** The numbers of Figure 2 as they were measured. */
export function recorded(experiment: "figure2", options?: RecordedOptions): Promise<LikenessResult>;
/**
 * The result of a run that was made before, and came with the kit: for a comparison with one's own, or to look at what took
 * hours. It tells its circumstances, as every result does.
 *
 * @param experiment A table or a figure of the paper.
 * @throws {RangeError} Where the paper has no such experiment, or no such result comes with the kit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recorded } from "@gcln/kit/evaluation";
 *
 * const { rows, provenance } = await recorded("table1");
 * assertEquals(rows["Our method (Qs = 10)"]?.["BPDA PGD"]?.n, 1000);
 * assertEquals(provenance.backend, "tensorflow 2.21.0 (CPU)");
 * ```
 */
export async function recorded(
  experiment: TableName | FigureName | "figure2",
  options: RecordedOptions = {},
): Promise<Result | PanelsResult | LikenessResult> {
  checkSetting("experiment", word([...tableNames, "figure2", "figure3", "figure4"]), experiment);
  checkSettings("recorded", { profile: text(), dataset: text() }, options);
  const { profile = "course", dataset = "fashion-mnist" } = options;
  const file = `${experiment}-${profile}-${dataset}.json`,
    bytes = await readPublished(new URL(file, MEASURED));
  if (bytes !== undefined) {
    return readResult(new TextDecoder().decode(bytes), file) as Result | PanelsResult | LikenessResult;
  }
  const command = `deno task reproduce:${experiment} --profile=${profile} --dataset=${dataset}`;
  throw new RangeError(
    `No result of ${experiment} at profile ${profile} on ${dataset} came with the kit. This makes one: ${command}`,
  );
}
