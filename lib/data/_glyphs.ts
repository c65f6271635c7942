/** A line from (ax, ay) to (bx, by): four numbers each, one after the other. */
export type Segments = Float64Array;

/** One way to draw a digit, in a box that is 1 high; y points down. */
export interface Glyph {
  readonly segments: Segments;
  /** The rightmost and leftmost point. */
  readonly left: number;
  readonly right: number;
}

/** How many lines stand for a quarter of an ellipse or a cubic curve. */
const PIECES = 5;

/**
 * The strokes of the ten digits, as signs and house fronts have them. `M` starts a stroke, `L` draws a line, `C` a
 * cubic curve; `X` and `Y` draw the quarter of an ellipse that leaves along x and along y.
 */
const strokes: readonly (readonly string[])[] = [
  [ // 0
    "M.3 0 X.6 .5 Y.3 1 X0 .5 Y.3 0",
    "M.3 0 X.56 .28 L.56 .72 Y.3 1 X.04 .72 L.04 .28 Y.3 0",
    "M.16 0 L.44 0 X.58 .16 L.58 .84 Y.44 1 L.16 1 X.02 .84 L.02 .16 Y.16 0",
    "M.3 0 C.5 0 .56 .22 .56 .5 C.56 .78 .5 1 .3 1 C.1 1 .04 .78 .04 .5 C.04 .22 .1 0 .3 0",
  ],
  [ // 1
    "M.3 0 L.3 1",
    "M.12 .22 L.36 0 L.36 1",
    "M.1 .2 L.32 0 L.32 1 M.1 1 L.54 1",
    "M.14 .17 X.36 0 L.36 1",
    "M.16 .12 L.32 0 L.32 1 M.16 1 L.48 1",
  ],
  [ // 2
    "M.02 .27 Y.3 0 X.58 .28 C.58 .5 .1 .75 .02 1 L.6 1",
    "M.03 .26 Y.3 0 X.57 .27 C.57 .42 .5 .5 .4 .6 L.02 1 L.6 1",
    "M.05 .22 Y.3 0 X.57 .26 C.57 .55 .05 .7 .02 .98 C.2 .86 .35 1.04 .6 .94",
    "M.02 0 L.45 0 X.58 .13 L.58 .36 Y.45 .49 L.15 .49 X.02 .62 L.02 1 L.58 1",
  ],
  [ // 3
    "M.04 .2 Y.29 0 X.54 .25 Y.24 .48 M.24 .48 X.58 .74 Y.29 1 X.02 .8",
    "M.05 0 L.55 0 L.27 .4 X.58 .7 Y.28 1 X.02 .82",
    "M.04 0 L.42 0 X.56 .14 L.56 .35 Y.42 .49 L.18 .49 M.42 .49 X.56 .63 L.56 .86 Y.42 1 L.04 1",
    "M.04 .14 C.1 .03 .2 0 .29 0 C.66 0 .66 .48 .26 .48 C.72 .48 .7 1 .28 1 C.16 1 .06 .95 .02 .85",
  ],
  [ // 4
    "M.44 1 L.44 0 L.02 .68 L.6 .68",
    "M.14 0 L.04 .6 L.6 .6 M.46 .28 L.46 1",
    "M.06 0 L.06 .55 L.58 .55 M.48 0 L.48 1",
    "M.44 1 L.44 0 L.02 .7 L.6 .7 M.3 1 L.58 1",
    "M.36 0 L.04 .66 L.6 .66 M.42 .38 L.42 1",
  ],
  [ // 5
    "M.54 0 L.1 0 L.06 .45 C.15 .36 .25 .35 .3 .35 X.58 .67 Y.28 1 X.02 .82",
    "M.56 0 L.04 0 L.04 .45 L.42 .45 X.56 .59 L.56 .86 Y.42 1 L.04 1",
    "M.52 0 L.12 0 L.12 .41 L.26 .41 X.58 .7 Y.26 1 L.03 .97",
    "M.55 0 L.13 0 L.06 .48 C.3 .3 .58 .4 .58 .67 C.58 .95 .3 1.06 .02 .93",
  ],
  [ // 6
    "M.52 .12 C.45 .02 .38 0 .32 0 X.02 .5 L.02 .68 Y.3 1 X.58 .68 Y.3 .38 X.02 .68",
    "M.42 0 C.2 .2 .02 .45 .02 .68 Y.3 1 X.58 .68 Y.3 .38 X.02 .68",
    "M.52 0 L.18 0 X.04 .14 L.04 .86 Y.18 1 L.42 1 X.56 .86 L.56 .6 Y.42 .46 L.04 .46",
    "M.55 .06 C.2 -.04 .02 .3 .02 .66 Y.3 1 X.58 .7 Y.3 .42 X.03 .6",
  ],
  [ // 7
    "M.02 0 L.58 0 L.22 1",
    "M.02 0 L.58 0 L.22 1 M.16 .52 L.54 .52",
    "M.02 0 L.58 0 C.4 .3 .26 .6 .24 1",
    "M.03 .16 L.03 0 L.58 0 L.24 1",
    "M.04 0 L.56 0 L.56 .14 L.26 1",
  ],
  [ // 8
    "M.3 0 X.55 .24 Y.3 .47 X.05 .24 Y.3 0 M.3 .47 X.59 .74 Y.3 1 X.01 .74 Y.3 .47",
    "M.3 0 X.57 .25 Y.3 .5 X.03 .25 Y.3 0 M.3 .5 X.57 .75 Y.3 1 X.03 .75 Y.3 .5",
    "M.16 0 L.44 0 X.57 .13 L.57 .35 Y.44 .48 L.16 .48 X.03 .35 L.03 .13 Y.16 0 " +
    "M.16 .48 X.03 .61 L.03 .87 Y.16 1 L.44 1 X.57 .87 L.57 .61 Y.44 .48",
    "M.5 .14 C.44 -.06 .06 -.04 .07 .22 C.08 .46 .58 .5 .58 .76 C.58 1.06 .02 1.08 .02 .76 C.02 .5 .52 .42 .5 .14",
  ],
  [ // 9
    "M.08 .88 C.15 .98 .22 1 .28 1 X.58 .5 L.58 .32 Y.3 0 X.02 .32 Y.3 .62 X.58 .32",
    "M.18 1 C.4 .8 .58 .55 .58 .32 Y.3 0 X.02 .32 Y.3 .62 X.58 .32",
    "M.08 1 L.42 1 X.56 .86 L.56 .14 Y.42 0 L.18 0 X.04 .14 L.04 .4 Y.18 .54 L.56 .54",
    "M.56 0 L.56 1 M.56 .3 Y.3 0 X.04 .3 Y.3 .6 X.56 .3",
    "M.05 .94 C.4 1.04 .58 .7 .58 .34 Y.3 0 X.02 .3 Y.3 .58 X.57 .4",
  ],
];

/** The glyphs of each digit; the strokes' curves are cut into lines with + − × ÷ alone, alike on every machine. */
export const glyphs: readonly (readonly Glyph[])[] = strokes.map((paths) => paths.map(flatten));

function flatten(path: string): Glyph {
  const segments: number[] = [];
  let x = 0, y = 0;
  const lineTo = (toX: number, toY: number): void => {
    segments.push(x, y, toX, toY);
    [x, y] = [toX, toY];
  };
  for (const [, command, numbers] of path.matchAll(/([MLCXY])([^MLCXY]+)/g)) {
    const at = numbers!.trim().split(/\s+/).map(Number);
    const [startX, startY] = [x, y], [endX, endY] = [at.at(-2)!, at.at(-1)!];
    if (command === "M") [x, y] = [endX, endY];
    if (command === "L") lineTo(endX, endY);
    if (command === "M" || command === "L") continue;
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      if (command === "C") {
        lineTo(cubic(startX, at[0]!, at[2]!, endX, t), cubic(startY, at[1]!, at[3]!, endY, t));
      } else {
        const sine = 2 * t / (1 + t * t), rest = 1 - (1 - t * t) / (1 + t * t);
        const [alongX, alongY] = command === "X" ? [sine, rest] : [rest, sine];
        lineTo(startX + (endX - startX) * alongX, startY + (endY - startY) * alongY);
      }
    }
  }
  const xs = segments.filter((_, i) => i % 2 === 0);
  return { segments: Float64Array.from(segments), left: Math.min(...xs), right: Math.max(...xs) };
}

function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}
