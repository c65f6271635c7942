import { escape } from "../_escape.ts";
import { experimentTitle } from "../_experiment_title.ts";
import { slug } from "../page/document.ts";
import { type Experiment, runId, runName } from "./experiments.ts";

/** The table of contents: the measured experiments, then those that are not measured, then other sections by their id. */
export function contents(
  experiments: readonly Experiment[],
  missing: readonly string[],
  more: Readonly<Record<string, string>>,
): string {
  const items = experiments.map(({ name, title, runs }) => `
    <li>${link(name, title)} ${escape(runs[0]!.found.caption)}
      <ul>${
    runs.map(({ found }) => {
      const serious = found.findings.filter(({ severity }) => severity === "serious").length;
      const more = [
        found.provenance.date.slice(0, 10),
        ...serious === 0 ? [] : [`${serious} serious ${serious === 1 ? "finding" : "findings"}`],
      ].map((phrase) => `<span>${escape(phrase)}</span>`).join(", ");
      return `
        <li>${link(runId(found), runName(found))} <span class=quiet>${more}</span></li>`;
    }).join("")
  }
      </ul>
    </li>`);
  const rest = missing.length === 0
    ? ""
    : `\n  <p class=quiet>Not measured yet: ${missing.map(experimentTitle).map(escape).join(", ")}.</p>`;
  return `<nav aria-label="Contents">
  <h2>Contents</h2>
  <ul class=contents>${items.join("")}${
    Object.entries(more).map(([id, title]) => `\n    <li>${link(id, title)}</li>`).join("")
  }
  </ul>${rest}
</nav>`;
}

function link(id: string, text: string): string {
  return `<a href="#${slug(id)}">${escape(text)}</a>`;
}
