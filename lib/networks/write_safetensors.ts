import { checkSettings, type Settings, word } from "../kinds/mod.ts";
import type { Parameters } from "../tensor/mod.ts";
import { largestFloat16, toFloat16 } from "./_float16.ts";
import { numberTypes } from "./_number_types.ts";
import { laidOutForPyTorch, shapeInFile } from "./_pytorch_layout.ts";

/** How parameters are written. */
export interface WriteSafetensorsOptions {
  /** float16 halves the file and keeps three digits. */
  readonly precision: "float32" | "float16";
  /** Strings that the header keeps. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const settings: Settings = {
  precision: word(["float32", "float16"]),
  metadata: {
    wanted: "an object of texts",
    accepts: (value) =>
      typeof value === "object" && value !== null &&
      Object.values(value).every((text) => typeof text === "string"),
  },
};

/**
 * Writes parameters as a safetensors file that PyTorch can load into a network of the same names.
 *
 * The inverse of {@linkcode readSafetensors}: exact in float32; in float16 to the nearest, ties to even.
 *
 * @param parameters Float tensors by name; they are left alone.
 * @param options Precision and metadata.
 * @returns The whole file.
 * @throws {TypeError} If a tensor does not hold floats.
 * @throws {RangeError} If a finite value is too large for float16, or an option is wrong.
 */
export async function writeSafetensors(
  parameters: Parameters,
  options: WriteSafetensorsOptions,
): Promise<Uint8Array> {
  checkSettings("writeSafetensors", settings, options, ["precision"]);
  const { precision, metadata } = options;
  const type = precision === "float32" ? "F32" : "F16";
  let end = 0;
  const slots = Object.entries(parameters).map(([name, { dtype, shape, size }]) => {
    if (dtype !== "float32") {
      throw new TypeError(`Cannot write ${name} of type ${dtype}: only floats can be written`);
    }
    if (name === "__metadata__") {
      throw new RangeError(`No tensor can be called ${name}: the format keeps that name`);
    }
    return [name, {
      dtype: type,
      shape: shapeInFile(shape),
      data_offsets: [end, end += size * numberTypes[type]!.bytes],
    }] as const;
  });
  const header = { ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(slots) };
  const json = new TextEncoder().encode(JSON.stringify(header)), start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let offset = start;
  for (const [name, tensor] of Object.entries(parameters)) {
    const laid = laidOutForPyTorch(tensor);
    const values = await laid.data<"float32">();
    laid.dispose();
    const encoded = type === "F32" ? values : halves(name, values);
    file.set(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength), offset);
    offset += encoded.byteLength;
  }
  return file;
}

function halves(name: string, values: Float32Array): Uint16Array {
  const bits = Uint16Array.from(values, toFloat16);
  const lost = values.findIndex((value, i) => (bits[i]! & 0x7fff) === 0x7c00 && Number.isFinite(value));
  if (lost >= 0) {
    throw new RangeError(`Cannot write ${name} as float16: ${values[lost]} is larger than ${largestFloat16}`);
  }
  return bits;
}
