import { textWidth } from "../_drawing.ts";

/**
 * Where the parts of an SVG lie, computed from their attributes: what a browser's `getBBox` measures. For a DOM that
 * draws nothing.
 */

/** A rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is asked of an element of a DOM. */
export interface SvgElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly children: Iterable<SvgElement>;
  readonly parentNode: SvgElement | null;
  readonly style?: { readonly display: string; readonly fontSize: string; readonly textAnchor?: string };
  getAttribute?(name: string): string | null;
  querySelectorAll(selectors: string): Iterable<SvgElement>;
}

type Place = readonly [x: number, y: number];

const NOWHERE: Box = { x: 0, y: 0, width: 0, height: 0 };
// Of DejaVu Sans, in font sizes: how far letters reach above the baseline, their height, and that of a line.
const ASCENT = 0.93, LETTERS = 1.18, LINE = 1.3;

/** The box of an element in its own coordinates: its own `transform` is left out, those inside it count. */
export function boxOf(element: SvgElement): Box {
  if (element.style?.display === "none") return NOWHERE;
  switch (element.nodeName.toLowerCase()) {
    case "text":
    case "tspan":
      return boxOfText(element);
    case "rect":
    case "image":
    case "use":
      return {
        x: attribute(element, "x"),
        y: attribute(element, "y"),
        width: attribute(element, "width"),
        height: attribute(element, "height"),
      };
    case "circle": {
      const x = attribute(element, "cx"), y = attribute(element, "cy"), r = attribute(element, "r");
      return { x: x - r, y: y - r, width: 2 * r, height: 2 * r };
    }
    case "path":
      return around(pathPlaces(element.getAttribute?.("d") ?? ""));
    case "defs":
    case "clippath":
    case "style":
    case "title":
      return NOWHERE;
  }
  const boxes = [...element.children].map((child) =>
    transformed(boxOf(child), child.getAttribute?.("transform"))
  );
  return around(boxes.filter(({ width, height }) => width > 0 || height > 0).flatMap(corners));
}

/** The font size that an element is drawn in, in pixels. */
export function fontSize(element: SvgElement): number {
  const said = inherited(
    element,
    ({ style }) => style?.fontSize,
    "font-size",
    (size) => /^[\d.]+(px)?$/.test(size),
  );
  return said === undefined ? 12 : parseFloat(said);
}

function boxOfText(element: SvgElement): Box {
  const spans = [...element.querySelectorAll("tspan.line")], lines = spans.length > 0 ? spans : [element];
  const size = fontSize(element), x = attribute(element, "x"), y = attribute(element, "y");
  const width = Math.max(...lines.map(({ textContent }) => textWidth(textContent ?? "", size)));
  if (width === 0) return { x, y, width: 0, height: 0 };
  const anchor = inherited(element, ({ style }) => style?.textAnchor, "text-anchor");
  const left = anchor === "middle" ? x - width / 2 : anchor === "end" ? x - width : x;
  return { x: left, y: y - ASCENT * size, width, height: size * (LETTERS + LINE * (lines.length - 1)) };
}

/** The first word that an element or what it lies in has on a matter, in its style or as an attribute. */
function inherited(
  element: SvgElement,
  style: (element: SvgElement) => string | undefined,
  name: string,
  holds: (value: string) => boolean = () => true,
): string | undefined {
  for (let at: SvgElement | null = element; at?.getAttribute; at = at.parentNode) {
    const value = style(at) || at.getAttribute(name);
    if (value && holds(value)) return value;
  }
}

/** The corners and ends of a path. Curves lie between the places that they are given by: the box may be too large. */
function pathPlaces(d: string): Place[] {
  const places: Place[] = [];
  let x = 0, y = 0;
  const go = (toX: number, toY: number) => places.push([x = toX, y = toY]);
  for (const [, command = "", rest = ""] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const values = (rest.match(/-?(\d+\.?\d*|\.\d+)(e-?\d+)?/g) ?? []).map(Number);
    const relative = command === command.toLowerCase();
    const from = (): Place => relative ? [x, y] : [0, 0];
    switch (command.toLowerCase()) {
      case "h":
        for (const value of values) go(from()[0] + value, y);
        break;
      case "v":
        for (const value of values) go(x, from()[1] + value);
        break;
      default: {
        const arc = command.toLowerCase() === "a", [step, first] = arc ? [7, 5] : [2, 0];
        for (let i = first; i + 1 < values.length; i += step) {
          const [left, top] = from();
          go(left + values[i]!, top + values[i + 1]!);
        }
      }
    }
  }
  return places;
}

/** A box as it lies after `translate`, `scale` and `rotate`. */
function transformed(box: Box, transform: string | null | undefined): Box {
  if (!transform) return box;
  const steps = [...transform.matchAll(/(translate|rotate|scale)\(([^)]*)\)/g)].reverse();
  return around(steps.reduce((places, [, name, rest = ""]) => {
    const [a = 0, b, c] = rest.trim().split(/[\s,]+/).map(Number);
    return places.map(([x, y]): Place => {
      if (name === "translate") return [x + a, y + (b ?? 0)];
      if (name === "scale") return [x * a, y * (b ?? a)];
      const angle = a * Math.PI / 180, cos = Math.cos(angle), sin = Math.sin(angle);
      const cx = b ?? 0, cy = c ?? 0, dx = x - cx, dy = y - cy;
      return [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos];
    });
  }, corners(box)));
}

function corners({ x, y, width, height }: Box): Place[] {
  return [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
}

/** The smallest box around some places. */
function around(places: readonly Place[]): Box {
  if (places.length === 0) return NOWHERE;
  const xs = places.map(([x]) => x), ys = places.map(([, y]) => y);
  const x = Math.min(...xs), y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function attribute(element: SvgElement, name: string): number {
  return parseFloat(element.getAttribute?.(name) ?? "0") || 0;
}
