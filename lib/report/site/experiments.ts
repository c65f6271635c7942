import { circumstances, title } from "../_words.ts";
import type { SiteRun } from "../site_content.ts";

/** The runs of one experiment. */
export interface Experiment {
  /** `table1`. */
  readonly name: string;
  /** `Table 1`. */
  readonly title: string;
  /** In the order of the page. */
  readonly runs: readonly SiteRun[];
}

/** Costly profiles first: those that are worth reading. */
const PROFILES = ["paper", "course", "quick"];
const KINDS = ["table", "figure"];
const inOrder = new Intl.Collator("en", { numeric: true });

/** Runs by their experiment, in the order of the page: tables, figures, all else. */
export function experimentsOf(runs: readonly SiteRun[]): Experiment[] {
  const ids = runs.map(({ found }) => runId(found));
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) throw new RangeError(`Two runs of one site are called ${twice}`);
  const groups = Map.groupBy(runs, ({ found }) => found.experiment);
  const kind = (name: string) => place(KINDS, name.replace(/\d.*/, ""));
  return [...groups].sort(([a], [b]) => kind(a) - kind(b) || inOrder.compare(a, b)).map(([name, runs]) => ({
    name,
    title: title(name),
    runs: runs.toSorted(({ found: a }, { found: b }) =>
      place(PROFILES, a.profile) - place(PROFILES, b.profile) || inOrder.compare(a.profile, b.profile) ||
      inOrder.compare(a.dataset, b.dataset)
    ),
  }));
}

/** What a run is called on its page: `table1-quick-street-digits`. */
export function runId({ experiment, profile, dataset }: SiteRun["found"]): string {
  return [experiment, profile, dataset].join("-");
}

/** What a run is called among those of its experiment, in words. */
export function runName(found: SiteRun["found"]): string {
  return circumstances(found).slice(0, 2).join(", ");
}

function place(order: readonly string[], name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}
