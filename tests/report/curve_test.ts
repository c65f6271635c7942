import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { FigureResult } from "@gcln/kit/evaluation";
import {
  type Curve,
  curve,
  curveOf,
  type CurvePoint,
  jupyterDisplay,
  panels,
  type Plotted,
} from "@gcln/kit/report";
import { JSDOM } from "jsdom";
import sharp from "sharp";
import { textWidth } from "../../lib/report/_text_width.ts";
import { lineStyle } from "../../lib/report/curve/line_styles.ts";
import { sample } from "./_sample.ts";
import { assertApart, contrast } from "./_colour_vision.ts";

type Trace = Readonly<Record<string, unknown>>;

function traces({ figure }: Plotted): Map<unknown, Trace> {
  return new Map(figure.data.map((trace) => [trace.name ?? "band", trace]));
}

function axis({ figure }: Plotted, name: string): Record<string, unknown> {
  return figure.layout[name] as Record<string, unknown>;
}

/** A falling curve with intervals. */
function falling(xs: readonly number[], slope: number): CurvePoint[] {
  return xs.map((x, i) => {
    const accuracy = Math.max(0, 0.93 - slope * i);
    return { x, accuracy, interval: [Math.max(0, accuracy - 0.05), Math.min(1, accuracy + 0.05)] };
  });
}

const EPSILONS = [0, 1, 2, 4, 8, 16];
const SURROGATES = [
  "oblivious",
  "white-box",
  "white-box, straight-through",
  "white-box, identity in place of the cleaner's gradient",
  "black-box, a substitute that is trained on the victim's answers to images that the attacker has drawn himself",
];

/** Sets of names, from one short name to long names that need several lines. */
function drawn(): Record<string, Plotted & { readonly texts: readonly string[] }> {
  const one = curve({ GCLN: falling(EPSILONS, 0.1) }, { x: "ε / 255", title: "Security curve" });
  const two = curve(
    { "GCLN, q = 10": falling(EPSILONS, 0.05), "No <defense> & co": falling(EPSILONS, 0.3) },
    {
      x: "ε / 255",
      title: "Accuracy under PGD",
      subtitle: "profile quick · n = 200",
      reported: { "GCLN, q = 10": [{ x: 0, accuracy: 0.9 }, { x: 8, accuracy: 0.86 }] },
      chance: 0.1,
    },
  );
  const five = curve(Object.fromEntries(SURROGATES.map((name, i) => [name, falling(EPSILONS, i / 20)])), {
    x: "ε / 255",
    title:
      "Accuracy of the cleaned classifier in balls of larger and larger radius, by what the attacker knows of it " +
      "and what takes the place of the gradient of rounding",
    subtitle:
      "profile course · data set cifar10 · n = 1000 · seeds 0, 1, 2 · tensorflow 2.21.0 (CPU) · 2025-11-23",
    chance: 0.1,
  });
  const steps = curve({ "GCLN, q = 10": falling([1, 10, 100, 1000], 0.1) }, {
    x: "steps",
    scale: "log",
    title: "Right: by steps",
  });
  return {
    one: Object.assign(one, { texts: ["Security curve", "GCLN", "ε / 255", "accuracy (%)", "100", "16"] }),
    two: Object.assign(two, {
      texts: [
        "GCLN, q = 10 (paper)",
        "No &#60;defense&#62; &amp; co",
        "chance (10 %)",
        "profile quick · n = 200",
      ],
    }),
    five: Object.assign(five, { texts: SURROGATES.slice(0, 4) }),
    both: Object.assign(panels([two, steps], { title: "Figure 3", subtitle: "profile quick" }), {
      texts: [
        "Figure 3",
        "Accuracy under PGD",
        "Right: by steps",
        "1000",
        "steps",
        "ε / 255",
        "chance (10 %)",
      ],
    }),
  };
}

Deno.test("curve() draws percent, in the order of x", () => {
  const points = [{ x: 8, accuracy: 0.07 }, { x: 2, accuracy: 0.845 }, { x: 4, accuracy: null }];
  const gcln = traces(curve({ GCLN: points }, { x: "ε / 255" })).get("GCLN")!;
  assertEquals([gcln.x, gcln.y], [[2, 4, 8], [84.5, null, 7]]);
});

Deno.test("curve() has error bars from one end of the interval to the other", () => {
  const points: CurvePoint[] = [{ x: 1, accuracy: 0.5, interval: [0.42, 0.61] }, { x: 2, accuracy: 1 }];
  const { y, error_y } = traces(curve({ a: points }, { x: "x" })).get("a") as {
    readonly y: readonly number[];
    readonly error_y: Readonly<Record<"array" | "arrayminus", readonly number[]>>;
  };
  assertEquals([error_y.array, error_y.arrayminus], [[11, 0], [8, 0]]);
  assertEquals([y[0]! - error_y.arrayminus[0]!, y[0]! + error_y.array[0]!], [42, 61]);
  assertEquals(traces(curve({ a: points }, { x: "x", intervals: "none" })).get("a")!.error_y, undefined);
});

Deno.test("curve() has a band in pieces where points are missing", () => {
  const [a, b, c, d] = falling([1, 2, 3, 4], 0.1) as [CurvePoint, CurvePoint, CurvePoint, CurvePoint];
  const drawn = curve({ a: [a, b, { ...c, accuracy: null }, d] }, { x: "x", intervals: "band" });
  const { x, y } = traces(drawn).get("band")!;
  assertEquals(x, [1, 2, 2, 1, null, 4, 4]);
  assertEquals((y as number[]).slice(0, 4), [98, 88, 78, 88]);
});

Deno.test("curve() draws what the paper reports in the curve's colour and mark, open and dotted", () => {
  const ours = { a: falling([1, 2], 0.1), b: falling([1, 2], 0.2) };
  const lines = traces(curve(ours, { x: "x", reported: { b: [{ x: 2, accuracy: 0.5 }] } }));
  const [b, paper] = [lines.get("b"), lines.get("b (paper)")] as Record<string, Record<string, unknown>>[];
  assertEquals(paper!.line!.color, b!.line!.color);
  assertEquals([paper!.marker!.symbol, paper!.line!.dash], [`${b!.marker!.symbol}-open`, "dot"]);
  assertEquals([...lines.keys()], ["a", "b", "b (paper)"]);
  assertEquals(lines.get("b (paper)")!.y, [50]);
});

Deno.test("curve() draws chance from one edge to the other", () => {
  const drawn = curve({ a: falling([0, 10], 0.1) }, { x: "x", chance: 0.1 });
  assertEquals(traces(drawn).get("chance (10 %)")!.x, axis(drawn, "xaxis").range);
  assertEquals(traces(drawn).get("chance (10 %)")!.y, [10, 10]);
});

Deno.test("curve() has a tick at each point of a logarithmic axis, where there is room", () => {
  const xs = [1, 10, 100, 101, 1000];
  const { range, tickvals, type } = axis(
    curve({ a: falling(xs, 0.1) }, { x: "steps", scale: "log" }),
    "xaxis",
  );
  assertEquals([type, tickvals], ["log", [1, 10, 100, 1000]]);
  assertAlmostEquals((range as number[])[1]!, 3.12, 1e-9);
});

Deno.test("curve() leaves the ticks to Plotly where its points are dense", () => {
  const xs = Array.from({ length: 200 }, (_, i) => i);
  assertEquals(axis(curve({ a: falling(xs, 0.01) }, { x: "steps" }), "xaxis").tickvals, undefined);
});

Deno.test("curve() shows a single point", () => {
  for (const [x, scale] of [[0, "linear"], [10, "linear"], [10, "log"]] as const) {
    const [low, high] = axis(curve({ a: [{ x, accuracy: 1 }] }, { x: "x", scale }), "xaxis")
      .range as number[];
    const place = scale === "log" ? Math.log10(x) : x;
    assert(low! < place && place < high!, `${x} in [${low}, ${high}]`);
  }
});

Deno.test("curve() refuses what it would draw wrong", () => {
  const point = (point: CurvePoint) => () => curve({ GCLN: [point] }, { x: "x", scale: "log" });
  assertThrows(() => curve({}, { x: "x" }), RangeError, "without points");
  assertThrows(() => curve({ a: [{ x: 1, accuracy: null }] }, { x: "x" }), RangeError, "without points");
  assertThrows(point({ x: 1, accuracy: 84.2 }), RangeError, "not a percentage");
  assertThrows(
    point({ x: 1, accuracy: NaN }),
    RangeError,
    "Cannot draw NaN as the accuracy of GCLN at x = 1",
  );
  assertThrows(point({ x: 0, accuracy: 0.5 }), RangeError, "logarithmic axis");
  assertThrows(point({ x: Infinity, accuracy: 0.5 }), RangeError, "at x = Infinity");
  assertThrows(
    point({ x: 1, accuracy: 0.5, interval: [0.6, 0.7] }),
    RangeError,
    "that contains the accuracy 0.5 is wanted",
  );
  assertThrows(
    () => curve({ a: [{ x: 1, accuracy: 0 }, { x: 1, accuracy: 1 }] }, { x: "x" }),
    RangeError,
    "two points",
  );
  assertThrows(
    () => curve({ a: [{ x: 1, accuracy: 0 }] }, { x: "x", chance: 10 }),
    RangeError,
    "Cannot draw 10 as the chance",
  );
  assertThrows(() => panels([]), RangeError, "no curves");
});

Deno.test("curve() says its numbers in plain text", () => {
  const { text } = curve({
    GCLN: [{ x: 8, accuracy: 0.842, interval: [0.81, 0.871] }, { x: 2, accuracy: 0.9 }],
  }, {
    x: "ε / 255",
    title: "Security curve",
    reported: { GCLN: [{ x: 8, accuracy: 0.861 }] },
    chance: 0.1,
  });
  assertEquals(text.split("\n"), [
    "Security curve",
    "",
    "| ε / 255 |              GCLN | GCLN (paper) |",
    "| ------- | ----------------: | -----------: |",
    "| 2       |              90.0 |            - |",
    "| 8       | 84.2 [81.0, 87.1] |         86.1 |",
    "",
    "Accuracy in percent [and its interval]; chance is 10.0.",
  ]);
});

Deno.test("curve() shows itself in a notebook in three formats of the same figure", async () => {
  const drawn = curve({ GCLN: falling(EPSILONS, 0.1) }, { x: "ε / 255" });
  const formats = await drawn[jupyterDisplay]();
  assertEquals(Object.keys(formats), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
  assertEquals(formats["application/vnd.plotly.v1+json"], JSON.parse(JSON.stringify(drawn.figure)));
  assertEquals(formats["image/png"], (await drawn.png()).toBase64());
  assertEquals(formats["text/plain"], drawn.text);
});

Deno.test("curve() draws the same picture twice, and other names into another figure's SVG", async () => {
  const draw = (title: string) => curve({ GCLN: falling(EPSILONS, 0.1) }, { x: "ε / 255", title });
  const [first, , again] = await Promise.all([draw("a").svg(), draw("b").svg(), draw("a").svg()]);
  assertEquals(first, again);
  assertEquals(await draw("a").png(), await draw("a").png());
  const clip = (svg: string) => /clipPath id="([^"]+)"/.exec(svg)![1];
  assertNotEquals(clip(first), clip(await draw("b").svg()));
});

Deno.test("curve() draws PNGs of the figure's size, with nothing cut off", async () => {
  for (const [name, plot] of Object.entries(drawn())) {
    const { width, height } = plot.figure.layout;
    const { data, info } = await sharp(await plot.png()).raw().toBuffer({ resolveWithObject: true });
    assertEquals([info.width, info.height], [width, height], name);
    const white = (x: number, y: number) => data[(y * info.width + x) * info.channels] === 255;
    for (let y = 0; y < info.height; y++) {
      assert(white(0, y) && white(info.width - 1, y), `${name}, row ${y}`);
    }
    for (let x = 0; x < info.width; x++) {
      assert(white(x, 0) && white(x, info.height - 1), `${name}, column ${x}`);
    }
  }
  const { width } = await sharp(await drawn().one!.png(1.5)).metadata();
  assertEquals(width, 1080);
});

Deno.test("curve() writes every text into its SVG, and no number that is none", async () => {
  for (const [name, plot] of Object.entries(drawn())) {
    const svg = await plot.svg(),
      texts = [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]*)/g)].map(([, text]) => text);
    for (const text of plot.texts) assert(texts.includes(text), `${name} lacks ${text}: ${texts.join("|")}`);
    assert(!/NaN|undefined|Infinity/.test(svg), name);
  }
});

/** The part of a jsdom element that the tests read. */
interface Element {
  readonly textContent: string;
  querySelectorAll(selector: string): Iterable<Element>;
  getAttribute(name: string): string | null;
}

interface Rect {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The boxes of the legend, its items, the plots and the titles, read from the SVG. */
function layoutOf(svg: string): { legend: Rect; items: Rect[]; plots: Rect[]; notes: Rect[] } {
  const { document } = new JSDOM(svg, { contentType: "image/svg+xml" }).window;
  const all = (
    selector: string,
    within: Element = document,
  ): Element[] => [...within.querySelectorAll(selector)];
  const size = (rect: Element) =>
    ["width", "height"].map((name) => Number(rect.getAttribute(name))) as [number, number];
  const shift = (element: Element) =>
    /translate\((.+),(.+)\)/.exec(element.getAttribute("transform")!)!.slice(1).map(Number) as [
      number,
      number,
    ];
  const place = (what: string, [left, top]: readonly number[], [width, height]: readonly number[]): Rect => {
    return { what, left: left!, right: left! + width!, top: top!, bottom: top! + height! };
  };
  const [box] = all("g.legend") as [Element], [x, y] = shift(box);
  const clips = all("clipPath.plotclip rect").map(size), corners = all("g.overplot > g").map(shift);
  return {
    legend: place("legend", [x, y], size(all("rect.bg", box)[0]!)),
    items: all("g.traces", box).map((item) => {
      const [text] = all("text.legendtext", item) as [Element], lines = all("tspan.line", text);
      const said = (lines.length > 0 ? lines : [text]).map(({ textContent }) => textContent);
      const width = Number(text.getAttribute("x")) + Math.max(...said.map((line) => textWidth(line, 12)));
      const [left, middle] = shift(item), height = Math.max(16, said.length * 12 * 1.3);
      return place(said.join(" "), [x + left, y + middle - height / 2], [width, height]);
    }),
    plots: corners.map((corner, i) => place(`plot ${i}`, corner, clips[i]!)),
    notes: all("g.annotation g.cursor-pointer").map((note) =>
      place(all("text", note)[0]!.textContent, shift(note), size(all("rect.bg", note)[0]!))
    ),
  };
}

function overlap(a: Rect, b: Rect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

Deno.test("curve() has legend, titles and plots apart, and inside the figure", async () => {
  const counts = { one: [1, 1, 1], two: [4, 1, 2], five: [6, 1, 2], both: [4, 2, 4] };
  for (const [name, plot] of Object.entries(drawn())) {
    const { legend, items, plots, notes } = layoutOf(await plot.svg());
    assertEquals([items.length, plots.length, notes.length], counts[name as keyof typeof counts], name);
    for (const group of [[legend, ...plots, ...notes], items]) {
      for (const [i, a] of group.entries()) {
        for (const b of group.slice(i + 1)) {
          assert(!overlap(a, b), `${name}: ${a.what} and ${b.what}: ${JSON.stringify([a, b])}`);
        }
        const { width, height } = plot.figure.layout;
        assert(a.left >= 0 && a.top >= 0 && a.right <= width! && a.bottom <= height!, `${name}: ${a.what}`);
      }
    }
    assertEquals(legend.left, plots[0]!.left, `${name}: Plotly moves a legend that is too wide`);
    assert(legend.right <= plots.at(-1)!.right, name);
    for (const item of items) {
      assert(item.right <= legend.right + 1 && item.bottom <= legend.bottom + 1, `${name}: ${item.what}`);
    }
  }
});

Deno.test("panels() has one legend, and a name looks the same in both halves", () => {
  const left = curve({ a: falling([1, 2], 0.1) }, { x: "q / 255", title: "Left" });
  const right = curve({ b: falling([1, 2], 0.1), a: falling([1, 2], 0.2) }, { x: "steps", title: "Right" });
  const both = panels([left, right]), lines = both.figure.data;
  assertEquals(lines.map(({ name, xaxis, showlegend }) => [name, xaxis, showlegend]), [
    ["a", "x", true],
    ["a", "x2", false],
    ["b", "x2", true],
  ]);
  assertEquals([lines[0]!.line, lines[0]!.marker], [lines[1]!.line, lines[1]!.marker]);
  const [first, second] = ["xaxis", "xaxis2"].map((name) => axis(both, name).domain as number[]);
  assert(first![0] === 0 && first![1]! < second![0]! && second![1]! <= 1 + 1e-12);
  assertStringIncludes(both.text, "Right\n\n| steps |");
});

const figure: FigureResult = {
  experiment: "figure3",
  profile: "quick",
  dataset: "street-digits",
  caption: "Accuracy against BPDA",
  x: "steps",
  series: {
    GCLN: [
      { x: 10, accuracy: 0.5, n: 100, interval: [0.4, 0.6], seeds: [1], reported: 0.53, quoted: false },
      { x: 50, accuracy: 0.45, n: 100, interval: [0.35, 0.55], seeds: [1], reported: null, quoted: false },
      { x: 100, accuracy: null, reported: 0.52, quoted: false },
    ],
    PixelDefend: [{ x: 10, accuracy: null, reported: 0.09, quoted: true }],
  },
  findings: [],
  provenance: sample.provenance,
};

Deno.test("curveOf() draws a result with the paper's points beside ours, and its circumstances", () => {
  const drawn: Curve = curveOf(figure, { chance: 0.1 }), lines = traces(drawn);
  assertEquals([...lines.keys()], ["chance (10 %)", "GCLN", "GCLN (paper)", "PixelDefend (paper)"]);
  assertEquals(lines.get("GCLN")!.y, [50, 45, null]);
  assertEquals([lines.get("GCLN (paper)")!.x, lines.get("GCLN (paper)")!.y], [[10, 100], [53, 52]]);
  const notes = JSON.stringify(drawn.figure.layout.annotations);
  assertStringIncludes(notes, "Figure 3. Accuracy against BPDA");
  assertStringIncludes(notes, "profile quick · data set street-digits · n = 100 · seed 1");
  assertEquals((axis(drawn, "xaxis").title as { text: string }).text, "steps");
});

Deno.test("lineStyle() has colours apart for eyes that lack red or green, and strong enough on white", () => {
  const colours = Array.from({ length: 8 }, (_, i) => lineStyle(i).colour);
  assertApart(colours, 15);
  for (const colour of colours) assert(contrast(colour, "#ffffff") >= 3, colour);
});

Deno.test("lineStyle() gives 40 lines that differ, neighbours in everything", () => {
  const styles = Array.from({ length: 40 }, (_, i) => lineStyle(i));
  assertEquals(new Set(styles.map((style) => JSON.stringify(style))).size, 40);
  for (const [i, { colour, marker, dash }] of styles.slice(1).entries()) {
    const before = styles[i]!;
    assert(colour !== before.colour && marker !== before.marker && dash !== before.dash, `${i} and ${i + 1}`);
  }
});
