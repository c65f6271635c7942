/** A summary of several experiments in a few lines. */
import { type Finding, type LikenessResult, readResult } from "../../lib/evaluation/mod.ts";
import type { ExperimentResult } from "../../lib/report/mod.ts";

/** How the process of one experiment ended. */
export interface Ended {
  readonly name: string;
  readonly state: "finished" | "failed" | "stopped";
  readonly seconds: number;
  /** The file of its result, where there is one. */
  readonly written?: string;
}

/** Minutes and seconds, `12:05`; from an hour on `1:02:09`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds), two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The number of measured numbers in a result. */
export function numbersIn(found: ExperimentResult | LikenessResult): number {
  if ("attacks" in found) return 3 + 2 * Object.keys(found.attacks).length; // the originals, the cleaned originals, and other images
  const rows = "rows" in found
    ? Object.values(found.rows).flatMap((cells) => Object.values(cells))
    : ("panels" in found ? Object.values(found.panels) : [found])
      .flatMap(({ series }) => Object.values(series).flat());
  return rows.filter(({ accuracy }) => accuracy !== null).length;
}

/** The counts of the findings about measured numbers: `7 serious, 2 warnings`. */
function doubts(findings: readonly Finding[]): string {
  const count = (severity: Finding["severity"]) =>
    new Set(
      findings.filter((finding) => finding.severity === severity && finding.about?.source !== "reported").map(
        ({ message }) => message,
      ),
    ).size;
  const [serious, warnings] = [count("serious"), count("warning")];
  const counts = [
    ...serious > 0 ? [`${serious} serious`] : [],
    ...warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : [],
  ];
  return counts.length > 0 ? counts.join(", ") : "none";
}

const SIGNS: Readonly<Record<Ended["state"], string>> = { finished: "✓", failed: "✗", stopped: "·" };

/**
 * A table of the results of the experiments, and a line that says how to put them on one page.
 *
 * @param ended The experiments that ran, in their order.
 * @param waiting The names of those that did not run.
 * @param read Reads a result's file.
 */
export function summary(
  ended: readonly Ended[],
  waiting: readonly string[],
  read: (path: string) => ExperimentResult | LikenessResult = (path) =>
    readResult(Deno.readTextFileSync(path), path),
): string[] {
  const head = ["", "", "time", "numbers", "doubts about them", "result"];
  const rows = ended.map(({ name, state, seconds, written }) => {
    const found = written === undefined ? undefined : read(written);
    const columns = found ? [`${numbersIn(found)}`, doubts(found.findings), written!] : ["-", "-", state];
    return [SIGNS[state], name, duration(seconds), ...columns];
  });
  const all = [head, ...rows, ...waiting.map((name) => [SIGNS.stopped, name, "-", "-", "-", "not begun"])];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const lines = all.map((row) =>
    row.map((text, i) => i === 2 || i === 3 ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))
      .join("  ").trimEnd()
  );
  const finished = ended.filter(({ state }) => state === "finished").length;
  const seconds = ended.reduce((sum, { seconds }) => sum + seconds, 0);
  const total = `${finished} of ${ended.length + waiting.length} finished in ${duration(seconds)}`;
  return [...lines, `${total}${finished > 0 ? "; deno task report puts them on one page" : ""}`];
}
