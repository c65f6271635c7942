import { label } from "./axes.ts";
import { markdownTable } from "../_markdown_table.ts";
import type { Panel } from "./panel.ts";
import { percent } from "../_cell_text.ts";
import type { CurvePoint } from "../curve_options.ts";

/** Panels as plain text: title and subtitle, then a table for each panel with one row for each value of x. */
export function curveText(panels: readonly Panel[], title: string, subtitle: string): string {
  return [title, subtitle, ...panels.map(panelText)].filter(Boolean).join("\n\n");
}

function panelText({ title, x, series, reported, chance }: Panel): string {
  const names = [...new Set([...Object.keys(series), ...Object.keys(reported)])];
  const columns = names.flatMap((name): [string, readonly CurvePoint[]][] => {
    const ours = series[name] ?? [], theirs = reported[name] ?? [];
    return [
      ...(ours.length > 0 ? [[name, ours] as [string, typeof ours]] : []),
      ...(theirs.length > 0 ? [[`${name} (paper)`, theirs] as [string, typeof theirs]] : []),
    ];
  });
  const xs = [...new Set(columns.flatMap(([, points]) => points.map((point) => point.x)))];
  const rows = xs.sort((a, b) => a - b).map((x) => [
    label(x),
    ...columns.map(([, points]) => pointText(points.find((point) => point.x === x))),
  ]);
  const meaning = `Accuracy in percent${
    columns.some(([, points]) => points.some(({ interval }) => interval)) ? " [and its interval]" : ""
  }${chance === undefined ? "" : `; chance is ${percent(chance)}`}`;
  return [
    ...(title ? [title, ""] : []),
    markdownTable([x, ...columns.map(([name]) => name)], rows),
    "",
    `${meaning}.`,
  ]
    .join("\n");
}

function pointText(point: CurvePoint | undefined): string {
  if (point === undefined || point.accuracy === null) return "-";
  const { accuracy, interval } = point;
  return `${percent(accuracy)}${interval ? ` [${interval.map(percent).join(", ")}]` : ""}`;
}
