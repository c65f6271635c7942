import { createHash } from "node:crypto";
import { join } from "node:path";

/** Runs a test in a folder of its own, which is removed. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gcln-data-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Options that keep a loader within a folder, off the net and off this machine's own data. */
export function only(folder: string) {
  return { folder, cache: join(folder, "cache"), download: false, checksums: "unchecked" as const };
}

/** An IDX file of bytes. */
export function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length), view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

/** The value of a pixel of the images that CIFAR files are made of here. */
export function cifarPixel(image: number, row: number, column: number, channel: number): number {
  return (40 * image + 5 * row + 2 * column + 70 * channel) % 256;
}

/** A CIFAR-10 batch file of one image for each label, the first being number `first`. */
export function cifarBatch(labels: readonly number[], first = 0): Uint8Array {
  return Uint8Array.from(labels.flatMap((label, i) => [
    label,
    ...Array.from({ length: 3072 }, (_, at) => {
      return cifarPixel(first + i, Math.floor(at / 32) % 32, at % 32, Math.floor(at / 1024));
    }),
  ]));
}

/** A tar archive (ustar) of plain files, each after its folder's own entry. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  const add = (name: string, type: string, content: Uint8Array) => {
    const header = new Uint8Array(512),
      write = (text: string, at: number) => {
        header.set(new TextEncoder().encode(text), at);
      };
    write(name, 0);
    write("0000644\0", 100);
    write(content.length.toString(8).padStart(11, "0"), 124);
    write(" ".repeat(8), 148);
    write(type, 156);
    write("ustar\x0000", 257);
    write(header.reduce((a, b) => a + b, 0).toString(8).padStart(6, "0") + "\0 ", 148);
    blocks.push(header, content, new Uint8Array((512 - content.length % 512) % 512));
  };
  add("cifar-10-batches-bin/", "5", new Uint8Array());
  for (const [name, content] of Object.entries(files)) add(name, "0", content);
  blocks.push(new Uint8Array(1024));
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}

/** SHA-256, in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A copy with one bit turned over. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1 << bit;
  return copy;
}
