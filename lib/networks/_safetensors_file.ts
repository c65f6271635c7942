import { type NumberType, numberTypes } from "./_number_types.ts";

/** One tensor of a file, before it is read. */
export interface Entry {
  readonly name: string;
  /** The name of its number type. */
  readonly type: string;
  readonly numbers: NumberType;
  /** PyTorch's. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a file holds. */
export interface Contents {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

// Counters that batch norms of PyTorch carry along; nothing here reads them.
const ignored = /(^|\.)num_batches_tracked$/;

/** TensorFlow.js has names for tensors of up to so many axes. */
const MOST_AXES = 6;

/** The tensors of a file by name and shape; every byte belongs to exactly one. Nothing is copied. */
export function parseSafetensors(bytes: Uint8Array): Contents {
  checkIsFile(bytes);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (8 + headerLength > bytes.length) {
    if (isFromTorchSave(bytes)) {
      throw new RangeError(
        "Not a safetensors file: torch.save wrote this one. " +
          'Write it with safetensors.torch.save_file(model.state_dict(), "model.safetensors")',
      );
    }
    throw new RangeError(
      `Cannot read the header of a safetensors file: it should take ${headerLength} bytes, ${
        bytes.length - 8
      } are there`,
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength)), data = bytes.subarray(8 + headerLength);
  const { __metadata__: metadata = {}, ...tensors } = header;
  const slots = Object.entries(tensors).map(([name, slot]) => ({ name, ...checkedSlot(name, slot) }));
  let end = 0;
  for (const { name, begin, end: next } of slots.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== end) {
      throw new RangeError(
        `Bytes of ${name} begin at ${begin} where ${end} was wanted: tensors must neither overlap nor leave gaps`,
      );
    }
    end = next;
  }
  if (end !== data.length) {
    throw new RangeError(`The tensors of the file take ${end} bytes, but ${data.length} are there`);
  }
  return {
    metadata: checkedMetadata(metadata),
    entries: slots.filter(({ name }) => !ignored.test(name)).map(({ name, type, shape, begin, end }) => {
      if (!Object.hasOwn(numberTypes, type)) {
        throw new TypeError(
          `Cannot read ${name} of type ${shortened(type)}: ${
            Object.keys(numberTypes).join(", ")
          } can be read`,
        );
      }
      const numbers = numberTypes[type]!;
      const wanted = shape.reduce((size, side) => size * side, numbers.bytes);
      if (end - begin !== wanted) {
        throw new RangeError(
          `${name} of type ${type} and shape [${shape}] takes ${wanted} bytes, not ${end - begin}`,
        );
      }
      if (shape.length > MOST_AXES) {
        throw new RangeError(
          `Cannot read ${name} of shape [${shape}]: tensors of up to ${MOST_AXES} axes can be read`,
        );
      }
      return { name, type, numbers, shape, bytes: data.subarray(begin, end) };
    }),
  };
}

function checkIsFile(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) {
    const what = typeof bytes === "string"
      ? "a text"
      : bytes === null
      ? "null"
      : `a value of type ${typeof bytes}`;
    throw new TypeError(`Cannot read a safetensors file from ${what}: its bytes, a Uint8Array, are wanted`);
  }
  if (bytes.length < 8) {
    throw new RangeError(`Not a safetensors file: ${bytes.length} bytes, at least 8 are needed`);
  }
}

/** What the first bytes of torch.save's files are: a zip archive's, or those of a pickle. */
function isFromTorchSave([a, b, c, d]: Uint8Array): boolean {
  return (a === 0x50 && b === 0x4b && c === 3 && d === 4) || (a === 0x80 && b! >= 2 && b! <= 5);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new RangeError("The header of the safetensors file is not JSON", { cause: error });
  }
  if (!isRecord(header)) throw new RangeError("The header of the safetensors file is not a JSON object");
  return header;
}

function checkedSlot(
  name: string,
  slot: unknown,
): { type: string; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(slot) ? slot : {};
  const whole = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (typeof dtype !== "string" || !whole(shape) || !whole(offsets) || offsets.length !== 2) {
    throw new RangeError(
      `The header of the safetensors file says of ${shortened(name)} ${
        shortened(JSON.stringify(slot))
      }; dtype, shape and data_offsets are wanted`,
    );
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw new RangeError(`Bytes of ${name} begin at ${begin} and end before, at ${end}`);
  return { type: dtype, shape, begin, end };
}

function checkedMetadata(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new RangeError("The __metadata__ of the safetensors file must be strings by name");
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
