import { crc32, inflateRawSync } from "node:zlib";
import type { DataError } from "./data_error.ts";

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Unpacks the file; throws where it is damaged. */
  readonly content: () => Uint8Array;
}

const END = 0x06054b50, END_64 = 0x06064b50, LOCATOR_64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const TOO_LARGE = 0xffffffff;

/** Deflate makes at most 1032 bytes of one. */
const DEFLATE_RATIO = 1032;

/** Images hardly pack: what is large and packs better than this is made to fill the memory. */
const LARGE = 2 ** 28, LARGE_RATIO = 100;

/**
 * The files of a zip archive, stored or deflated, also in the form for large ones (zip64).
 *
 * Source: PKWARE, "APPNOTE.TXT". The list at the archive's end counts, as NumPy and `unzip` have it.
 *
 * @param bytes The archive.
 * @param wrong Makes the error of what is wrong with it.
 */
export function readZip(bytes: Uint8Array, wrong: (what: string) => DataError): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fits = (at: number, size: number) => Number.isSafeInteger(at) && at >= 0 && at + size <= bytes.length;
  const cutOff = () => wrong("it is no zip archive, or one that is cut off or damaged");
  const end = endOf(view);
  if (end === undefined) throw cutOff();
  let count = view.getUint16(end + 10, true), at = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === LOCATOR_64) {
    const large = Number(view.getBigUint64(end - 20 + 8, true));
    if (!fits(large, 56) || view.getUint32(large, true) !== END_64) throw cutOff();
    count = Number(view.getBigUint64(large + 32, true));
    at = Number(view.getBigUint64(large + 48, true));
  }
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (!fits(at, 46) || view.getUint32(at, true) !== ENTRY) throw cutOff();
    const [nameSize, extraSize, noteSize] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const nameAt = at + 46, extraAt = nameAt + nameSize!, next = extraAt + extraSize! + noteSize!;
    if (!fits(at, next - at)) throw cutOff();
    const name = new TextDecoder().decode(bytes.subarray(nameAt, extraAt));
    const flags = view.getUint16(at + 8, true), method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const [size, packed, local] = sizes(view, at, extraAt, extraAt + extraSize!);
    const content = () => {
      const damaged = (what: string) => wrong(`its file ${name} ${what}`);
      if (flags & 1) throw damaged("is encrypted");
      if (!fits(local!, 30) || view.getUint32(local!, true) !== LOCAL) throw cutOff();
      const from = local! + 30 + view.getUint16(local! + 26, true) + view.getUint16(local! + 28, true);
      if (!fits(from, packed!)) throw damaged("is cut off");
      const unpacked = unpack(bytes.subarray(from, from + packed!), method, size!, damaged);
      if (crc32(unpacked) !== crc) throw damaged("is damaged: its checksum is wrong");
      return unpacked;
    };
    entries.push({ name, content });
    at = next;
  }
  return entries;
}

/** Where the record at the archive's end begins; a comment of up to 65 535 bytes may follow it. */
function endOf(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - 22 - 65_535);
  for (let at = view.byteLength - 22; at >= first; at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return undefined;
}

/** Unpacked size, packed size and place of a file; those that take more than 32 bits stand in an extra field. */
function sizes(view: DataView, at: number, extraAt: number, extraEnd: number): number[] {
  const small = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  if (!small.includes(TOO_LARGE)) return small;
  for (let from = extraAt; from + 4 <= extraEnd;) {
    const id = view.getUint16(from, true), end = from + 4 + view.getUint16(from + 2, true);
    if (id === 1) {
      let next = from + 4;
      return small.map((value) => {
        if (value !== TOO_LARGE || next + 8 > Math.min(end, extraEnd)) return value;
        return Number(view.getBigUint64((next += 8) - 8, true));
      });
    }
    from = end;
  }
  return small;
}

function unpack(
  packed: Uint8Array,
  method: number,
  size: number,
  damaged: (what: string) => DataError,
): Uint8Array {
  if (method === 0) {
    if (packed.length !== size) throw damaged(`has ${packed.length} bytes, the archive promises ${size}`);
    return packed;
  }
  if (method !== 8) throw damaged(`is packed by method ${method}; stored and deflated ones are read`);
  if (size > DEFLATE_RATIO * packed.length) {
    throw damaged(`can't hold the ${size} bytes that the archive promises`);
  }
  if (size > LARGE && size > LARGE_RATIO * packed.length) {
    throw damaged(
      `is ${packed.length} bytes that unpack to ${size}; where it really does, store it unpacked`,
    );
  }
  let unpacked: Uint8Array;
  try {
    unpacked = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw damaged(`can't be unpacked (${(error as Error).message})`);
  }
  if (unpacked.length !== size) throw damaged(`has ${unpacked.length} bytes, the archive promises ${size}`);
  return unpacked;
}
