import type { Dataset } from "../../data/mod.ts";
import { fold, type Images, type Parameters, random, tf } from "../../tensor/mod.ts";
import { continued } from "./resampled.ts";

/** The side of a patch, by how much neighbours overlap, and among how many nearest patches is chosen. */
const SIDE = 5, OVERLAP = 2, NEAREST = 10, STRIDE = SIDE - OVERLAP;
/** How many tiles are compared with all patches at once. */
const AT_ONCE = 1_000;

/**
 * Patches of 5 × 5 pixels from random places of training images, each image in turn.
 *
 * @param data The training images.
 * @param count How many.
 * @returns `[count, 25 c]`.
 */
export function patchesOf(data: Dataset, count: number, seed: number): tf.Tensor2D {
  const next = random(fold(seed, "patches")), [h, w, c] = data.shape, line = SIDE * c;
  const values = new Float32Array(count * SIDE * line);
  for (let patch = 0; patch < count; patch++) {
    const image = Math.floor(next() * data.size);
    const y = Math.floor(next() * (h - SIDE + 1)), x = Math.floor(next() * (w - SIDE + 1));
    for (let row = 0; row < SIDE; row++) {
      const from = ((image * h + y + row) * w + x) * c;
      for (let i = 0; i < line; i++) values[(patch * SIDE + row) * line + i] = data.pixels[from + i]! / 255;
    }
  }
  return tf.tensor2d(values, [count, SIDE * line]);
}

/** How many tiles cover a side. */
function tilesAlong(side: number): number {
  return Math.ceil((side - SIDE) / STRIDE) + 1;
}

/** Which of the nearest patches each tile takes, `[tiles]`: all images of a batch share the draw. */
export function drawnPatches(seed: number, [h, w]: readonly number[]): Parameters {
  const next = random(fold(seed, "quilt")), tiles = tilesAlong(h!) * tilesAlong(w!);
  const ranks = Int32Array.from({ length: tiles }, () => Math.floor(next() * NEAREST));
  return { ranks: tf.tensor1d(ranks, "int32") };
}

/**
 * Images sewn from patches of others (Efros and Freeman 2001): each tile of 5 × 5 pixels, every third row and column, is
 * replaced by one of the 10 nearest patches. Where two tiles overlap, by 2 pixels, the cut between them is where they
 * differ least.
 *
 * Departure: Efros and Freeman sew tile after tile. Here tiles become strips, then strips the image, so that all tiles are
 * sewn at once. As the overlap has two pixels, a cut may be on either side everywhere, and the least one is found pixel by pixel.
 *
 * @param images `[n, h, w, c]`, sides of 5 pixels at least.
 * @param patches `[count, 25 c]`, at least 10.
 * @param ranks Of {@linkcode drawnPatches}.
 */
export function quilted(images: Images, patches: tf.Tensor2D, ranks: tf.Tensor1D): Images {
  const [n, h, w, c] = images.shape, rows = tilesAlong(h), columns = tilesAlong(w);
  return tf.tidy(() => {
    const whole = continued(images, (rows - 1) * STRIDE + SIDE, (columns - 1) * STRIDE + SIDE);
    const wanted = tilesOf(whole).reshape<tf.Tensor2D>([n * rows * columns, SIDE * SIDE * c]);
    const taken = tf.oneHot(ranks, NEAREST).cast("int32").tile([n, 1]); // [n tiles, 10]
    const indices = nearest(wanted, patches).mul(taken).sum(1).cast("int32") as tf.Tensor1D;
    const tiles = patches.gather(indices).reshape([n, rows, columns, SIDE, SIDE, c]);
    const strips = sewn(
      tf.unstack(tiles, 2).map((tile) => tile.reshape([n * rows, SIDE, SIDE, c]) as Images),
      2,
    );
    const apart = tf.unstack(strips.reshape([n, rows, SIDE, -1, c]), 1) as Images[];
    return sewn(apart, 1).slice([0, 0, 0, 0], [-1, h, w, -1]) as Images;
  });
}

/** All tiles of images, `[n, rows, columns, 25 c]`. */
function tilesOf(images: Images): tf.Tensor4D {
  const c = images.shape[3], size = SIDE * SIDE * c;
  return tf.conv2d(images, tf.eye(size).reshape<tf.Tensor4D>([SIDE, SIDE, c, size]), STRIDE, "valid");
}

/** The indices of the nearest patches of each tile, `[tiles, 10]`. */
function nearest(tiles: tf.Tensor2D, patches: tf.Tensor2D): tf.Tensor2D {
  const sizes = patches.square().sum(1), all = tiles.shape[0];
  const found = Array.from({ length: Math.ceil(all / AT_ONCE) }, (_, part) => {
    const some = tiles.slice([part * AT_ONCE, 0], [Math.min(AT_ONCE, all - part * AT_ONCE), -1]);
    const closeness = some.matMul(patches, false, true).mul(2).sub(sizes); // |t|² − |t − p|²
    return tf.topk(closeness, NEAREST).indices as tf.Tensor2D;
  });
  return tf.concat(found, 0);
}

/** Pieces that overlap by two pixels along an axis, as one. */
function sewn(pieces: readonly Images[], axis: 1 | 2): Images {
  const part = (image: Images, start: number, size: number) => {
    const begin = [0, 0, 0, 0], length = [-1, -1, -1, -1];
    begin[axis] = start;
    length[axis] = size;
    return image.slice(begin, length);
  };
  return pieces.reduce((before, after) => {
    const length = before.shape[axis];
    const [first, second] = [0, 1].map((i) => {
      const old = part(before, length - OVERLAP + i, 1), own = part(after, i, 1);
      return { old, own, error: old.sub(own).square().sum(3, true) };
    });
    // The cut is at the pixel where the two differ least; what lies behind it is the later piece's.
    const isFirst = first!.error.lessEqual(second!.error);
    const border = tf.where(isFirst.logicalAnd(tf.onesLike(first!.own).cast("bool")), first!.own, first!.old);
    return tf.concat(
      [part(before, 0, length - OVERLAP), border, part(after, 1, after.shape[axis] - 1)],
      axis,
    ) as Images;
  });
}
