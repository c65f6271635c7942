// stand-in until lib/evaluation/result.ts
export interface Finding {
  readonly severity: "note" | "warning" | "serious";
  readonly message: string;
  readonly remedy: string;
  readonly about?: {
    readonly row?: string;
    readonly column?: string;
    readonly source: "measured" | "reported";
  };
}
export interface Cell {
  readonly accuracy: number | null;
  readonly n?: number;
  readonly interval?: readonly [number, number];
  readonly reported: number | null;
  readonly quoted: boolean;
  readonly attack?: unknown;
  readonly surrogate?: string;
  readonly seeds?: readonly number[];
  readonly seconds?: number;
  readonly gradientCalls?: number;
  readonly zeroGradient?: number;
  readonly note?: string;
}
export interface Result {
  readonly experiment: string;
  readonly profile: string;
  readonly dataset: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
  readonly findings: readonly Finding[];
  readonly provenance: { readonly backend: string; readonly date: string };
  readonly notes?: readonly string[];
}
