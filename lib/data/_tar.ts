import { unusable } from "./_files.ts";

/** One file of an archive. */
export interface TarEntry {
  /** With its folders, as the archive has it. */
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/**
 * The plain files of a gzipped tar archive (POSIX ustar), one after the other; only the one at hand is in memory.
 *
 * @param path The archive.
 */
export async function* untar(path: string): AsyncGenerator<TarEntry> {
  using file = await Deno.open(path);
  const take = reader(
    // What the file gives out are plain buffers, which the type of the stream does not say.
    (file.readable as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new DecompressionStream("gzip")),
    path,
  );
  for (let zeros = 0; zeros < 2;) {
    const header = await take(BLOCK);
    if (header.every((byte) => byte === 0)) {
      zeros++;
      continue;
    }
    checkHeader(header, path);
    const size = octal(header, 124, 12), type = String.fromCharCode(header[156]!);
    const prefix = text(header, 345, 155), name = text(header, 0, 100);
    const content = await take(size);
    await take((BLOCK - size % BLOCK) % BLOCK);
    if (type === "0" || type === "\0") yield { name: prefix ? `${prefix}/${name}` : name, content };
  }
}

/** A function that gives the stream's next n bytes. */
function reader(stream: ReadableStream<Uint8Array>, path: string): (n: number) => Promise<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = new Uint8Array() as Uint8Array;
  return async (n) => {
    const taken = new Uint8Array(n);
    for (let have = 0; have < n;) {
      if (rest.length === 0) {
        const next = await chunks.next().catch((error: Error) => {
          throw unusable(path, `gzip can't unpack it (${error.message}): it is cut off or damaged`);
        });
        if (next.done) throw unusable(path, "the archive ends too early");
        rest = next.value;
      }
      const part = rest.subarray(0, n - have);
      taken.set(part, have);
      have += part.length;
      rest = rest.subarray(part.length);
    }
    return taken;
  };
}

/** A header's checksum is the sum of its bytes, the checksum's own eight taken as spaces. */
function checkHeader(header: Uint8Array, path: string): void {
  const sum = header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== octal(header, 148, 8)) throw unusable(path, "it is not a tar archive, or a damaged one");
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length), end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, start: number, length: number): number {
  return Number.parseInt(text(header, start, length).trim() || "0", 8);
}
