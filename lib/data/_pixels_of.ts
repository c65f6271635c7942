import type { NumberArray } from "./number_array.ts";

/** Images as a data set has them. */
export interface Pixels {
  readonly shape: readonly [number, number, number];
  readonly pixels: Uint8Array;
}

/** Makes the error of an array that can't be used: what is wrong, and whether its type or form is, or a value in it. */
export type WrongArray = (what: string, is: "type" | "value") => Error;

/**
 * The images of an array as bytes: `[n, h, w]` are grey, `[n, h, w, 1]` and `[n, h, w, 3]` as they are. Bytes stay, and
 * floats in [0, 1] become the nearest of the 256 bytes.
 */
export function pixelsOf({ type, shape, data }: NumberArray, wrong: WrongArray): Pixels {
  const sizes = `[${shape.join(", ")}]`;
  if (shape.length === 3 || (shape.length === 4 && (shape[3] === 1 || shape[3] === 3))) {
    const [, height, width, channels = 1] = shape as [number, number, number, number?];
    if (height < 1 || width < 1) {
      throw wrong(`its shape is ${sizes}, images of at least one pixel are wanted`, "type");
    }
    return { shape: [height, width, channels], pixels: bytesOf(type, data, wrong) };
  }
  if (shape.length === 4 && (shape[1] === 1 || shape[1] === 3)) {
    throw wrong(
      `its shape is ${sizes}, which looks like [n, channels, height, width]; ` +
        "[n, height, width, channels] is wanted: in NumPy, x.transpose(0, 2, 3, 1) turns one into the other",
      "type",
    );
  }
  throw wrong(`its shape is ${sizes}; [n, h, w], [n, h, w, 1] or [n, h, w, 3] is wanted`, "type");
}

function bytesOf(type: string, data: NumberArray["data"], wrong: WrongArray): Uint8Array {
  if (data instanceof Uint8Array && type !== "bool") return data;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw wrong(`its type is ${type}; uint8, or floats in [0, 1] are wanted`, "type");
  }
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = data[i]!;
    if (!(value >= 0 && value <= 1)) {
      const hint = value > 1 && value <= 255 ? ": divide by 255 where 255 is white" : "";
      throw wrong(`it holds ${value}; floats in [0, 1] are wanted${hint}`, "value");
    }
    bytes[i] = Math.round(255 * value);
  }
  return bytes;
}

/** The labels of an array `[n]` or `[n, 1]`. */
export function flatLabels({ type, shape, data }: NumberArray, wrong: WrongArray): NumberArray["data"] {
  if (type === "bool") throw wrong("its type is bool; whole numbers are wanted", "type");
  if (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) return data;
  const hint = shape.length === 2 ? ": in NumPy, y.argmax(1) makes labels of one column for each class" : "";
  throw wrong(`its shape is [${shape.join(", ")}]; [n] or [n, 1] is wanted${hint}`, "type");
}
