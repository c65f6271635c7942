/** What `deno task bench` writes: images a second on both sides, and their ratios. */
import type { Precision } from "../../lib/tensor/mod.ts";
import type { WorkName } from "./works.ts";

/** How PyTorch does a work; `frozen` is eager, too, with weights that are made ready once, as on our side. */
export type Mode = "eager" | "frozen" | "compiled";

/** Images a second of one work in one precision. */
export interface Measured {
  readonly work: WorkName;
  readonly width: number;
  readonly batch: number;
  readonly precision: Precision;
  readonly ours: number;
  /** PyTorch's, by mode and precision: `compiled bfloat16`. */
  readonly peers: Readonly<Record<string, number>>;
}

/** The same beside what it is compared with. */
export interface Case extends Measured {
  readonly name: string;
  /** PyTorch as it is, in float32. */
  readonly peer: number | null;
  readonly ratio: number | null;
  /** The fastest that PyTorch is in the same precision. */
  readonly best: { readonly name: string; readonly peer: number; readonly ratio: number } | null;
}

/** Compares. */
export function compared(measured: Measured): Case {
  const { work, width, batch, precision, ours, peers } = measured, peer = peers["eager float32"] ?? null;
  const same = Object.entries(peers).filter(([name]) => name.endsWith(` ${precision}`));
  const [fastest] = same.toSorted(([, a], [, b]) => b - a);
  return {
    name: `${work}, width ${width}, batch ${batch}, ${precision}`,
    ...measured,
    peer,
    ratio: peer === null ? null : ours / peer,
    best: fastest === undefined ? null : { name: fastest[0], peer: fastest[1], ratio: ours / fastest[1] },
  };
}

/** A table in Markdown, a row for each case. */
export function ratioTable(cases: readonly Case[]): string {
  const number = (value: number) => value < 1000 ? value.toPrecision(3) : value.toFixed(0);
  const heads = [
    "work",
    "width",
    "batch",
    "precision",
    "here",
    "eager float32",
    "ratio",
    "best of the same precision",
    "ratio",
  ];
  const rows = cases.map(({ work, width, batch, precision, ours, peer, ratio, best }) => [
    work,
    `${width}`,
    `${batch}`,
    precision,
    number(ours),
    peer === null ? "–" : number(peer),
    ratio === null ? "–" : ratio.toFixed(2),
    best === null ? "–" : `${number(best.peer)} (${best.name.split(" ")[0]})`,
    best === null ? "–" : best.ratio.toFixed(2),
  ]);
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
