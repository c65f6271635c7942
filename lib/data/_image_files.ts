import type Sharp from "sharp";
import { wrongFile } from "./_own_files.ts";
import type { Pixels } from "./_pixels_of.ts";

/** An image of a folder. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** What a file says of its image. */
interface Size {
  readonly width: number;
  readonly height: number;
  readonly isGrey: boolean;
}

/** How many files are read at a time. */
const AT_ONCE = 16;

/**
 * The pixels of image files, one after the other: all of one size, of one channel where all are grey, else of three.
 *
 * @throws {DataError} Where a file is broken, or two differ in size.
 */
export async function decoded(files: readonly ImageFile[]): Promise<Pixels> {
  const { default: sharp } = await import("sharp");
  const sizes: Size[] = [];
  await each(files, async ({ path }, i) => void (sizes[i] = await sizeOf(sharp, path)));
  const [{ width, height }] = sizes as [Size, ...Size[]];
  const other = sizes.findIndex((size) => size.width !== width || size.height !== height);
  if (other >= 0) {
    const shown = (i: number) => `${files[i]!.path} is ${sizes[i]!.height} × ${sizes[i]!.width}`;
    throw wrongFile(files[other]!.path)(
      `images of one size are wanted, but ${shown(0)} and ${shown(other)} (height × width)`,
    );
  }
  const channels = sizes.every(({ isGrey }) => isGrey) ? 1 : 3, size = height * width * channels;
  const pixels = room(files, size);
  await each(files, async ({ path }, i) => {
    pixels.set(await pixelsIn(sharp, path, channels, size), i * size);
  });
  return { shape: [height, width, channels], pixels };
}

async function sizeOf(sharp: typeof Sharp, path: string): Promise<Size> {
  const { width, height, space, channels, format } = await sharp(path).metadata().catch((error) => {
    throw broken(path, error);
  });
  if (format !== "png" && format !== "jpeg") {
    throw wrongFile(path)(`it is an image of type ${format}, whatever its name says; PNG or JPEG is wanted`);
  }
  return { width, height, isGrey: channels < 3 || space === "b-w" || space === "grey16" };
}

async function pixelsIn(
  sharp: typeof Sharp,
  path: string,
  channels: 1 | 3,
  size: number,
): Promise<Uint8Array> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error) => {
      throw broken(path, error);
    });
  if (info.channels === channels && data.length === size) return data;
  if (info.channels === 1 && data.length * 3 === size) {
    return Uint8Array.from({ length: size }, (_, i) => data[Math.floor(i / 3)]!);
  }
  throw wrongFile(path)(`it has ${info.channels} channels of ${info.width} × ${info.height} pixels`);
}

function broken(path: string, error: unknown): Error {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/^Input file /, "").trim();
  return wrongFile(path)(
    `it is no PNG or JPEG image that can be read (${reason.replaceAll(path, "the file")})`,
  );
}

function room(files: readonly ImageFile[], size: number): Uint8Array {
  try {
    return new Uint8Array(files.length * size);
  } catch {
    const gigabytes = (files.length * size / 1e9).toFixed(1);
    throw wrongFile(files[0]!.path)(`it is one of ${files.length} images that take ${gigabytes} GB together`);
  }
}

/** Runs something for each file, some at a time. */
async function each(
  files: readonly ImageFile[],
  run: (file: ImageFile, index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < files.length; start += AT_ONCE) {
    await Promise.all(files.slice(start, start + AT_ONCE).map((file, i) => run(file, start + i)));
  }
}
