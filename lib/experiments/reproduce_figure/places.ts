import { within } from "../../evaluation/mod.ts";
import type { FigureCurve } from "../figure.ts";
import type { MeasuredColumn } from "../reproduce/cell.ts";
import type { Row } from "../table.ts";

/** A point of a curve: who defends there, and what attacks. */
export interface Place {
  readonly x: number;
  readonly row: Row;
  readonly column: MeasuredColumn;
}

/** A curve as its points. */
export function placesOf(curve: FigureCurve): Place[] {
  switch (curve.over) {
    case "q":
      return curve.at.map((q) => ({ x: q, row: { ...curve.defense, q }, column: curve.column }));
    case "steps":
      return curve.at.map((steps) => placeOf(curve, steps, { ...curve.attack, steps }));
    case "epsilon":
      return curve.at.map((epsilon) => placeOf(curve, epsilon, within(curve.attack, epsilon)));
    default:
      return curve satisfies never;
  }
}

function placeOf(
  { defense, surrogate }: Extract<FigureCurve, { readonly over: "steps" | "epsilon" }>,
  x: number,
  attack: Extract<MeasuredColumn, { readonly kind: "attack" }>["attack"],
): Place {
  return { x, row: defense, column: { kind: "attack", attack, surrogate } };
}
