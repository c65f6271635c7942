import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { BLOCK, CHANNELS, SIDE } from "./settings.ts";

/** An image on a canvas, pixel by pixel; style sheets say how large. */
export function Pixels({ pixels, label }: { pixels: Float32Array | undefined; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    if (pixels === undefined) return context.clearRect(0, 0, SIDE, SIDE);
    const image = new ImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      for (let c = 0; c < CHANNELS; c++) image.data[4 * i + c] = Math.round(pixels[CHANNELS * i + c]! * 255);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [pixels]);
  return <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={label} />;
}

/** An image with words below it. */
export function Picture(
  { name, pixels, children, alt }: {
    name: string;
    pixels: Float32Array | undefined;
    children?: ComponentChildren;
    alt?: string;
  },
) {
  return (
    <figure class="picture">
      <Pixels pixels={pixels} label={alt ?? name} />
      <figcaption>
        <b>{name}</b>
        {children && <small>{children}</small>}
      </figcaption>
    </figure>
  );
}

/** The noise, drawn so that −ε is black, 0 is grey and ε is white. */
export function magnified(attacked: Float32Array, original: Float32Array, epsilon: number): Float32Array {
  const scale = epsilon > 0 ? 255 / (2 * epsilon) : 0;
  return attacked.map((value, i) => Math.min(1, Math.max(0, 0.5 + (value - original[i]!) * scale)));
}

/** The sizes of coefficients as grey values on a logarithmic scale: 0 is black, M (all there is) is white. */
export function brightness(spectrum: Float32Array): Float32Array {
  const most = Math.log1p(255 * BLOCK);
  return spectrum.map((value) => Math.log1p(255 * Math.abs(value)) / most);
}
