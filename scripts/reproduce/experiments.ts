import {
  type Figure,
  figure2,
  figure3,
  figure4,
  type Table,
  table1,
  table2,
  table3,
  table4,
} from "../../lib/experiments/mod.ts";

/** The cell whose images are drawn beside a table. */
export interface Shown {
  readonly row: string;
  readonly column: string;
}

/** An experiment, and what kind of thing it is. */
export type Experiment =
  | { readonly kind: "table"; readonly data: Table; readonly shown: Shown }
  | { readonly kind: "figure"; readonly data: Figure }
  | { readonly kind: "view"; readonly data: Table };

const ours = "Our method (Qs = 10)";

/** The paper's experiments by name, in its order. */
export const experiments: Readonly<Record<string, Experiment>> = {
  table1: { kind: "table", data: table1, shown: { row: ours, column: "BPDA PGD" } },
  table2: { kind: "table", data: table2, shown: { row: ours, column: "Accuracy" } },
  table3: { kind: "table", data: table3, shown: { row: ours, column: "BPDA PGD" } },
  table4: { kind: "table", data: table4, shown: { row: ours, column: "BPDA PGD" } },
  figure2: { kind: "view", data: figure2 },
  figure3: { kind: "figure", data: figure3 },
  figure4: { kind: "figure", data: figure4 },
};
