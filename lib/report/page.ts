import type { Cell, FigureResult, Result } from "../evaluation/mod.ts";
import { escape } from "./_drawing.ts";
import { SCRIPT, STYLE } from "./_page_parts.ts";
import {
  asTable,
  circumstances,
  corner,
  type Footnote,
  footnotes,
  inWords,
  isUnmeasured,
  legend,
  percent,
  placesInWords,
  source,
  title,
} from "./_words.ts";

/**
 * A result as one self-contained page: nothing is loaded from elsewhere, and it works without scripts but for sorting.
 *
 * Light and dark as the reader's system has it. Under each number a strip from 0 to 100 % shows the measured accuracy as a
 * disc on its confidence interval and the paper's as an open diamond. More of a cell is said on hover and on keyboard focus.
 *
 * @param found What an experiment has found; a figure becomes a table with a row for each curve.
 * @returns An HTML document.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { toHtml } from "@gcln/kit/report";
 *
 * const page = toHtml({
 *   experiment: "table1",
 *   profile: "quick",
 *   dataset: "street-digits",
 *   caption: "Accuracy under white-box attacks",
 *   columns: ["PGD"],
 *   rows: { "GCLN": { "PGD": { accuracy: 0.842, n: 500, reported: 0.861, quoted: false } } },
 *   findings: [],
 *   provenance: { backend: "wasm", versions: {}, data: "", code: "", date: "2020-01-01" },
 * });
 * assertStringIncludes(page, "84.2");
 * ```
 */
export function toHtml(found: Result | FigureResult): string {
  const result = asTable(found), notes = footnotes(result), name = title(result.experiment);
  const marks = (row: string | undefined, column: string | undefined, of?: "measured" | "reported") =>
    notes.at(row, column).filter(({ finding }) => of === undefined || source(finding) === of).map(mark).join(
      " ",
    );
  const heads = ["", ...result.columns].map((column, i) => `
        <th scope="col"${i === 0 ? "" : ' aria-sort="none"'}>${
    i === 0
      ? `<span class=quiet>${escape(corner(found) || "Defense")}</span>`
      : `<button type="button">${escape(column)}<span class=arrow aria-hidden=true></span></button>`
  }${i === 0 ? "" : marks(undefined, column)}</th>`);
  const rows = Object.entries(result.rows).map(([row, cells]) => {
    const pending = isUnmeasured(cells);
    return `
      <tr${pending ? " class=pending" : ""}>
        <th scope="row">${escape(row)}${marks(row, undefined)}${
      pending ? "<span class=quiet>not measured yet</span>" : ""
    }</th>${
      result.columns.map((column, i) => {
        const cell = cells[column] ?? { accuracy: null, reported: null, quoted: false };
        const side = i >= result.columns.length / 2 ? "right" : "left";
        return tableCell(cell, row, column, side, {
          measured: marks(row, column, "measured"),
          reported: marks(row, column, "reported"),
        });
      }).join("")
    }
      </tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)} · ${escape(result.profile)} · ${escape(result.dataset)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
  <h1>${escape(name)}</h1>
  <p class=caption>${escape(result.caption)}</p>
  <ul class=chips aria-label="Circumstances">${
    circumstances(result).map((phrase) => `<li>${escape(phrase)}</li>`).join("")
  }</ul>
  <div class=scroll>
    <table>
      <thead><tr>${heads.join("")}
      </tr></thead>
      <tbody>${rows.join("")}
      </tbody>
    </table>
  </div>
  <p class=quiet>${escape(legend(result))} ${STRIP_LEGEND}</p>
  ${(result.notes ?? []).map((note) => `<p>${escape(note)}</p>`).join("\n  ")}
  ${section("About the measured numbers", notes.measured)}
  ${section("About the paper's numbers", notes.reported)}
  <details>
    <summary>Provenance</summary>
    <dl>${
    Object.entries(result.provenance).map(([key, value]) =>
      `<dt>${escape(key)}</dt><dd>${escape(inWords(value)) || "-"}</dd>`
    ).join("")
  }</dl>
  </details>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const STRIP_LEGEND =
  `Strips run from 0 to 100 %: ${
    strip({ accuracy: 0.4, interval: [0.25, 0.55], reported: null, quoted: false })
  } ` +
  `measured with its 95 % interval, ${
    strip({ accuracy: null, reported: 0.7, quoted: false })
  } as the paper reports it.`;

function mark({ number }: Footnote): string {
  return `<sup><a href="#finding-${number}" aria-label="Finding ${number}">${number}</a></sup>`;
}

function tableCell(
  cell: Cell,
  row: string,
  column: string,
  side: string,
  marks: { readonly measured: string; readonly reported: string },
): string {
  const { accuracy, reported, quoted } = cell;
  const key = accuracy ?? reported;
  const sort = key === null ? "" : ` data-key="${key}"`;
  if (key === null) return `\n        <td class=quiet>-</td>`;
  const id = `cell-${slug(row)}-${slug(column)}`;
  const numbers = [
    accuracy === null ? "" : `<b>${percent(accuracy)}</b>${marks.measured}`,
    reported === null
      ? ""
      : `<span class=paper>(${percent(reported)}${quoted ? "†" : ""}${marks.reported})</span>`,
  ].filter(Boolean).join(" ");
  return `
        <td${sort}><div class="cell ${side}" tabindex=0 aria-describedby="${id}">${numbers}${
    strip(cell)
  }<div role=tooltip id="${id}"><b>${escape(row)}, ${escape(column)}</b>${
    details(cell).map((line) => `<span>${escape(line)}</span>`).join("")
  }</div></div></td>`;
}

function details(cell: Cell): string[] {
  const {
    accuracy,
    interval,
    n,
    seeds,
    reported,
    quoted,
    attack,
    surrogate,
    seconds,
    gradientCalls,
    zeroGradient,
    note,
  } = cell;
  return [
    accuracy === null ? "Not measured" : `Measured: ${(100 * accuracy).toFixed(2)} %` +
      (interval ? `, 95 % interval ${percent(interval[0])} to ${percent(interval[1])} %` : ""),
    [
      n === undefined ? "" : `n = ${n}`,
      seeds?.length ? `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}` : "",
    ]
      .filter(Boolean).join(", "),
    reported === null
      ? "The paper reports no number"
      : `The paper${quoted ? ", quoting another," : ""} reports ${(100 * reported).toFixed(2)} %`,
    attack === undefined ? "" : `Attack: ${inWords(attack)}`,
    surrogate === undefined ? "" : `The attacker differentiates: ${surrogate}`,
    zeroGradient === undefined
      ? ""
      : `Exactly zero gradient at the start: ${percent(zeroGradient)} % of the images`,
    gradientCalls === undefined ? "" : `Gradient calls: ${gradientCalls}`,
    seconds === undefined ? "" : `Took ${seconds.toFixed(1)} s`,
    note ?? "",
  ].filter(Boolean);
}

/** The numbers of a cell on a line from 0 to 100 %. */
function strip({ accuracy, interval, reported }: Cell): string {
  const x = (fraction: number) => (4 + 72 * fraction).toFixed(1);
  const shapes = [
    `<path class=axis d="M4 6H76"/>`,
    interval ? `<path class=interval d="M${x(interval[0])} 6H${x(interval[1])}"/>` : "",
    accuracy === null ? "" : `<circle class=measured cx="${x(accuracy)}" cy=6 r=3 />`,
    reported === null ? "" : `<path class=reported d="M${x(reported)} 2l4 4l-4 4l-4-4z"/>`,
  ];
  return `<svg class=strip viewBox="0 0 80 12" aria-hidden=true>${shapes.join("")}</svg>`;
}

const SIGNS = { serious: "▲", warning: "◆", note: "●" } as const;

function section(heading: string, notes: readonly Footnote[]): string {
  if (notes.length === 0) return "";
  const items = notes.map((note) => {
    const { number, finding: { severity, message, remedy } } = note, places = placesInWords(note);
    return `
    <li value="${number}" id="finding-${number}" tabindex=-1>
      <p><span class="severity ${severity}"><span aria-hidden=true>${
      SIGNS[severity]
    }</span> ${severity}</span>${places ? ` <span class=quiet>${escape(places)}</span>` : ""}</p>
      <p>${escape(message)}</p>
      <p class=remedy>${escape(remedy)}</p>
    </li>`;
  });
  return `<section>
  <h2>${heading}</h2>
  <ol>${items.join("")}
  </ol>
  </section>`;
}

function slug(text: string): string {
  return [...text].map((char) => /[a-z0-9]/i.test(char) ? char : `_${char.codePointAt(0)!.toString(16)}`)
    .join("");
}
