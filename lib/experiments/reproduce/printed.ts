import { type Cell, type FigureName, reported } from "../../evaluation/mod.ts";

/** A panel of the paper. */
export interface PrintedPlace {
  readonly figure: FigureName;
  readonly place: "left" | "right";
}

/** The paper's panel of that place, if it has one. */
export function printedPlace(figure: string, place: string): PrintedPlace | undefined {
  if (figure !== "figure3" && figure !== "figure4") return undefined;
  return place === "left" || place === "right" ? { figure, place } : undefined;
}

/** What the paper says of the points of a panel: numbers of its tables that lie on its curves. */
export function printedAt(
  paper: PrintedPlace | undefined,
  name: string,
  x: number,
): Pick<Cell, "reported" | "quoted"> {
  const anchors = paper && reported(paper.figure).panels[paper.place].anchors;
  const anchor = anchors?.find((anchor) => anchor.series === name && anchor.x === x);
  return { reported: anchor?.accuracy ?? null, quoted: false };
}
