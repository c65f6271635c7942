import { circumstances } from "../_circumstances.ts";
import { experimentTitle } from "../_experiment_title.ts";
import type { SiteRun } from "../site_content.ts";

/** The runs of one experiment. */
export interface Experiment {
  /** Its name: `table1`. */
  readonly name: string;
  /** Its title: `Table 1`. */
  readonly title: string;
  /** Its runs, in the order of the page. */
  readonly runs: readonly SiteRun[];
}

/** The order of runs: the profile with the largest networks and most images first. */
const PROFILES = ["paper", "course", "quick"];
const KINDS = ["table", "figure"];
const inOrder = new Intl.Collator("en", { numeric: true });

/** Runs grouped by experiment, in the order of the page: tables, figures, others. */
export function experimentsOf(runs: readonly SiteRun[]): Experiment[] {
  const ids = runs.map(({ found }) => runId(found));
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot show two runs named ${twice}: one run for each experiment, profile and data set is wanted`,
    );
  }
  const groups = Map.groupBy(runs, ({ found }) => found.experiment);
  const kind = (name: string) => rank(KINDS, name.replace(/\d.*/, ""));
  return [...groups].sort(([a], [b]) => kind(a) - kind(b) || inOrder.compare(a, b)).map(([name, runs]) => ({
    name,
    title: experimentTitle(name),
    runs: runs.toSorted(({ found: a }, { found: b }) =>
      rank(PROFILES, a.profile) - rank(PROFILES, b.profile) || inOrder.compare(a.profile, b.profile) ||
      inOrder.compare(a.dataset, b.dataset)
    ),
  }));
}

/** The id of a run on its page: `table1-quick-street-digits`. */
export function runId({ experiment, profile, dataset }: SiteRun["found"]): string {
  return [experiment, profile, dataset].join("-");
}

/** The name of a run among the runs of its experiment: `profile quick, data set svhn`. */
export function runName(found: SiteRun["found"]): string {
  return circumstances(found).slice(0, 2).join(", ");
}

function rank(order: readonly string[], name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}
