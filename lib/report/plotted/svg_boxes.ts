import { textWidth } from "../_text_width.ts";

/**
 * Computes the boxes of SVG elements from their attributes, as a browser's `getBBox` does; for a DOM that draws nothing.
 */

/** A rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a DOM element that is read here. */
export interface SvgElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly children: Iterable<SvgElement>;
  readonly parentNode: SvgElement | null;
  readonly style?: { readonly display: string; readonly fontSize: string; readonly textAnchor?: string };
  getAttribute?(name: string): string | null;
  querySelectorAll(selectors: string): Iterable<SvgElement>;
}

type Point = readonly [x: number, y: number];

const EMPTY: Box = { x: 0, y: 0, width: 0, height: 0 };
// Of DejaVu Sans, in font sizes: the height of letters above the baseline, their whole height, and the height of a line.
const ASCENT = 0.93, LETTERS = 1.18, LINE = 1.3;

/** The box of an element in its own coordinates: the element's `transform` is not applied, those of its children are. */
export function boxOf(element: SvgElement): Box {
  if (element.style?.display === "none") return EMPTY;
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
      return around(pathPoints(element.getAttribute?.("d") ?? ""));
    case "defs":
    case "clippath":
    case "style":
    case "title":
      return EMPTY;
  }
  const boxes = [...element.children].map((child) =>
    transformed(boxOf(child), child.getAttribute?.("transform"))
  );
  return around(boxes.filter(({ width, height }) => width > 0 || height > 0).flatMap(corners));
}

/** The font size of an element in pixels. */
export function fontSize(element: SvgElement): number {
  const size = inherited(
    element,
    ({ style }) => style?.fontSize,
    "font-size",
    (value) => /^[\d.]+(px)?$/.test(value),
  );
  return size === undefined ? 12 : parseFloat(size);
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

/** The value of a style or an attribute, of the element or of the nearest parent that has one. */
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

/** The corners and ends of a path. Control points of curves are included, so the box may be too large. */
function pathPoints(d: string): Point[] {
  const points: Point[] = [];
  let x = 0, y = 0;
  const go = (toX: number, toY: number) => points.push([x = toX, y = toY]);
  for (const [, command = "", rest = ""] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const values = (rest.match(/-?(\d+\.?\d*|\.\d+)(e-?\d+)?/g) ?? []).map(Number);
    const relative = command === command.toLowerCase();
    const from = (): Point => relative ? [x, y] : [0, 0];
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
  return points;
}

/** A box after `translate`, `scale` and `rotate`. */
function transformed(box: Box, transform: string | null | undefined): Box {
  if (!transform) return box;
  const steps = [...transform.matchAll(/(translate|rotate|scale)\(([^)]*)\)/g)].reverse();
  return around(steps.reduce((points, [, name, rest = ""]) => {
    const [a = 0, b, c] = rest.trim().split(/[\s,]+/).map(Number);
    return points.map(([x, y]): Point => {
      if (name === "translate") return [x + a, y + (b ?? 0)];
      if (name === "scale") return [x * a, y * (b ?? a)];
      const angle = a * Math.PI / 180, cos = Math.cos(angle), sin = Math.sin(angle);
      const cx = b ?? 0, cy = c ?? 0, dx = x - cx, dy = y - cy;
      return [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos];
    });
  }, corners(box)));
}

function corners({ x, y, width, height }: Box): Point[] {
  return [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
}

/** The smallest box around some points. */
function around(points: readonly Point[]): Box {
  if (points.length === 0) return EMPTY;
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const x = Math.min(...xs), y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function attribute(element: SvgElement, name: string): number {
  return parseFloat(element.getAttribute?.(name) ?? "0") || 0;
}
