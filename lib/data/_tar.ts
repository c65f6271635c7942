import { unusable } from "./_files.ts";

/** One file of an archive. */
export interface TarEntry {
  /** With its folders, as the archive has it. */
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/**
 * Plain files of a gzipped tar archive (POSIX ustar), one after the other; only the one at hand is in memory.
 *
 * @param path The archive.
 * @param isWanted Whether a file is to be read, by its name; the others are passed over.
 * @param most The most bytes that the archive may unpack to.
 */
export async function* untar(
  path: string,
  isWanted: (name: string) => boolean,
  most: number,
): AsyncGenerator<TarEntry> {
  using file = await Deno.open(path);
  const { take, pass } = reader(
    // What the file gives out are plain buffers, which the type of the stream does not say.
    (file.readable as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new DecompressionStream("gzip")),
    path,
  );
  let room = most;
  const claim = (size: number) => {
    if ((room -= size) < 0) {
      throw unusable(path, `it holds more than ${most} bytes, more than such a file can`);
    }
  };
  for (let zeros = 0; zeros < 2;) {
    claim(BLOCK);
    const header = await take(BLOCK);
    if (header.every((byte) => byte === 0)) {
      zeros++;
      continue;
    }
    checkHeader(header, path);
    const size = octal(header, 124, 12), type = String.fromCharCode(header[156]!);
    const prefix = text(header, 345, 155), name = text(header, 0, 100);
    if (!(size >= 0)) throw unusable(path, `its file ${name} has no size that can be read`);
    claim(size);
    const whole = prefix ? `${prefix}/${name}` : name, isPlain = type === "0" || type === "\0";
    const content = isPlain && isWanted(whole) ? await take(size) : undefined;
    await pass((content ? 0 : size) + (BLOCK - size % BLOCK) % BLOCK);
    if (content) yield { name: whole, content };
  }
}

/** Two functions: one gives the stream's next n bytes, the other passes over them. */
function reader(stream: ReadableStream<Uint8Array>, path: string): {
  take(n: number): Promise<Uint8Array>;
  pass(n: number): Promise<void>;
} {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = new Uint8Array() as Uint8Array;
  const next = async (n: number, use: (part: Uint8Array, have: number) => void) => {
    for (let have = 0; have < n;) {
      if (rest.length === 0) {
        const next = await chunks.next().catch((error: Error) => {
          throw unusable(path, `gzip can't unpack it (${error.message}): it is cut off or damaged`);
        });
        if (next.done) throw unusable(path, "the archive ends too early");
        rest = next.value;
      }
      const part = rest.subarray(0, n - have);
      use(part, have);
      have += part.length;
      rest = rest.subarray(part.length);
    }
  };
  return {
    async take(n) {
      const taken = new Uint8Array(n);
      await next(n, (part, have) => taken.set(part, have));
      return taken;
    },
    pass: (n) => next(n, () => {}),
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
