import { crc32, deflateSync } from "node:zlib";
import { textWidth } from "../_text_width.ts";

/** A canvas element of a DOM. */
export interface CanvasElement {
  readonly width: number;
  readonly height: number;
}

/**
 * The part of a canvas's 2D context that Plotly's heatmaps and images need: filled rectangles, pixels, the width of
 * texts. All other methods that Plotly calls do nothing.
 */
export class PixelCanvas {
  /** `rgb(…)`, `rgba(…)` or `#rrggbb`. */
  fillStyle = "#000000";
  /** A font as in CSS. */
  font = "10px sans-serif";
  #pixels = new Uint8ClampedArray(0);

  constructor(readonly canvas: CanvasElement) {
    const ignored =
      "clearRect save restore beginPath closePath moveTo lineTo stroke fill translate scale rotate";
    for (const name of [...ignored.split(" "), "setTransform", "drawImage"]) {
      Object.defineProperty(this, name, { value: () => {} });
    }
  }

  /** The pixels as RGBA, row by row. */
  get pixels(): Uint8ClampedArray {
    const { width, height } = this.canvas, length = width * height * 4;
    if (this.#pixels.length !== length) this.#pixels = new Uint8ClampedArray(length);
    return this.#pixels;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const colour = rgba(this.fillStyle), { pixels, canvas } = this;
    const right = Math.min(canvas.width, Math.round(x + width));
    const bottom = Math.min(canvas.height, Math.round(y + height));
    for (let row = Math.max(0, Math.round(y)); row < bottom; row++) {
      for (let column = Math.max(0, Math.round(x)); column < right; column++) {
        pixels.set(colour, (row * canvas.width + column) * 4);
      }
    }
  }

  createImageData(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  getImageData(): { width: number; height: number; data: Uint8ClampedArray } {
    return { width: this.canvas.width, height: this.canvas.height, data: this.pixels };
  }

  putImageData({ data }: { readonly data: ArrayLike<number> }): void {
    this.pixels.set(data);
  }

  measureText(text: string): { width: number } {
    return { width: textWidth(text, parseFloat(/([\d.]+)px/.exec(this.font)?.[1] ?? "10")) };
  }

  /** The picture as a PNG in a `data:` address. */
  toDataURL(): string {
    const { width, height } = this.canvas;
    return `data:image/png;base64,${encodePng(width, height, this.pixels).toBase64()}`;
  }
}

function rgba(style: string): number[] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(style);
  if (hex) return [...hex.slice(1).map((digits) => parseInt(digits, 16)), 255];
  const [r = 0, g = 0, b = 0, alpha = 1] = /\(([^)]*)\)/.exec(style)?.[1]?.split(",").map(Number) ?? [];
  return [r, g, b, alpha * 255];
}

/** A PNG file of RGBA pixels. It is not made by sharp, which is asynchronous: `toDataURL` of a canvas is not. */
export function encodePng(width: number, height: number, pixels: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(height * (width * 4 + 1)); // each row begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 4; i++) rows[y * (width * 4 + 1) + 1 + i] = pixels[y * width * 4 + i]!;
  }
  const header = new Uint8Array(13), view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6], 8); // 8 bits a channel, four channels
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", new Uint8Array())];
  return joined([signature, ...chunks]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const named = joined([new TextEncoder().encode(name), data]);
  const length = new Uint8Array(4), sum = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, data.length);
  new DataView(sum.buffer).setUint32(0, crc32(named));
  return joined([length, named, sum]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
