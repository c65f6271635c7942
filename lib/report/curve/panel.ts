import type { CurveOptions, CurvePoint, CurveSeries } from "../curve_options.ts";

/** Curves with the same two axes. */
export interface Panel {
  readonly series: CurveSeries;
  readonly reported: CurveSeries;
  readonly x: string;
  readonly scale: "linear" | "log";
  readonly intervals: "bars" | "band" | "none";
  readonly chance: number | undefined;
  /** Printed above the panel; empty for none. */
  readonly title: string;
}

/** Checks curves and sorts their points by x. Curves without a number are left out. */
export function panelOf(series: CurveSeries, options: CurveOptions): Panel {
  const { x, reported = {}, chance, intervals = "bars", scale = "linear", title = "" } = options;
  if (chance !== undefined) checkShare(chance, "chance");
  const inOrder = (curves: CurveSeries, whose: string): CurveSeries =>
    Object.fromEntries(
      Object.entries(curves).map(([name, points]): [string, readonly CurvePoint[]] => {
        const sorted = points.toSorted((a, b) => a.x - b.x);
        sorted.forEach((point, i) => checkPoint(point, sorted[i - 1], `${name}${whose}`, scale));
        return [name, sorted];
      }).filter(([, points]) => points.some(({ accuracy }) => accuracy !== null)),
    );
  const panel = { series: inOrder(series, ""), reported: inOrder(reported, " (paper)"), x, scale, intervals };
  if (Object.keys(panel.series).length + Object.keys(panel.reported).length === 0) {
    throw new RangeError("Cannot draw curves without points");
  }
  return { ...panel, chance, title };
}

function checkPoint(
  { x, accuracy, interval }: CurvePoint,
  before: CurvePoint | undefined,
  name: string,
  scale: "linear" | "log",
): void {
  if (!Number.isFinite(x)) throw new RangeError(`Cannot draw a point of ${name} at x = ${x}`);
  if (scale === "log" && x <= 0) {
    throw new RangeError(
      `Cannot draw x = ${x} of ${name} on a logarithmic axis: leave the point out, or use a linear axis`,
    );
  }
  if (x === before?.x) throw new RangeError(`${name} has two points at x = ${x}`);
  if (accuracy === null) return;
  checkShare(accuracy, `accuracy of ${name} at x = ${x}`);
  if (interval === undefined) return;
  const [low, high] = interval, noise = 1e-9;
  if (!(low >= -noise && low <= accuracy + noise && accuracy <= high + noise && high <= 1 + noise)) {
    throw new RangeError(
      `Cannot draw the interval [${low}, ${high}] of ${name} at x = ${x}: an interval inside [0, 1] that contains the accuracy ${accuracy} is wanted`,
    );
  }
}

function checkShare(value: number, what: string): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(
      `Cannot draw ${value} as the ${what}: a number from 0 to 1 is wanted, not a percentage`,
    );
  }
}
