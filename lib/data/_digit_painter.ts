import { fold, type Random, random } from "../tensor/mod.ts";
import { type Glyph, glyphs } from "./_glyphs.ts";

/** The side of an image, in pixels. */
export const SIDE = 32;

/** From, to: drawn uniformly. */
type Range = readonly [number, number];

/**
 * How hard street digits are to read: all of it. Brightness is in [0, 1]; lengths are in parts of the digit's height
 * or, where it says so, in pixels. Chances are of an image.
 */
const look = {
  pixelsHigh: [21, 31] as Range,
  pixelsAside: 2.5, // how far a digit's middle strays from the image's
  weight: [0.05, 0.135] as Range, // half the pen's width
  penStretch: [1, 1.9] as Range, // how much broader the pen is one way than the other
  width: [0.72, 1.15] as Range,
  slant: [-0.1, 0.24] as Range,
  turn: 0.09, // the tangent of half the angle: up to 10°
  spacing: [0.02, 0.2] as Range,
  wobble: 0.04, // how far digits of one number stray from its line
  neighbours: 3, // of 0, 1, … as many on each side, but not this many

  contrast: [0.11, 0.5] as Range, // between digit and wall; the square of a uniform number, so mostly low
  tint: 0.18,
  shading: 0.14,
  stains: 0.09,
  courses: { chance: 0.3, apart: [6, 14] as Range, depth: 0.16 }, // of bricks or boards; pixels apart
  plate: { chance: 0.35, margin: [0.08, 0.25] as Range, contrast: 0.3 },
  castShadow: { chance: 0.25, depth: 0.35 },
  relief: { dropShadow: 0.2, outline: 0.12, bevel: 0.13 }, // chances; else flat

  blurs: [0, 4] as Range, // passes of [a, 1 − 2a, a] both ways
  blur: [0.08, 0.25] as Range, // a
  noise: [0.008, 0.05] as Range, // standard deviation
} as const;

/**
 * Paints street digits: labels are drawn first, then everything else, image by image from seeds of their own, so the
 * first images are the same however many are asked for.
 *
 * Every number comes from + − × ÷, square roots and integers, which IEEE 754 fixes to the last bit: the bytes are the
 * same on every machine. No Deno, Node or browser API is used.
 *
 * @returns `[size * 32 * 32 * 3]` bytes of pixels and `[size]` labels.
 */
export function paintDigits(size: number, seed: number): { pixels: Uint8Array; labels: Uint8Array } {
  const pixels = new Uint8Array(size * AREA * 3), labels = new Uint8Array(size);
  for (let image = 0; image < size; image++) {
    const next = random(fold(seed, "street-digits", image));
    labels[image] = Math.floor(next() * 10);
    paint(labels[image]!, next, pixels.subarray(image * AREA * 3, (image + 1) * AREA * 3));
  }
  return { pixels, labels };
}

const AREA = SIDE * SIDE;

// One image is painted at a time, so the sheets it is painted on are made once.
const squared = new Float64Array(AREA), ink = new Float64Array(AREA), rim = new Float64Array(AREA);
const colours = new Float64Array(3 * AREA), row = new Float64Array(SIDE + 2);

/** Where a number stands in the image: digit coordinates (height 1) to pixels and back. */
interface Pose {
  readonly high: number;
  readonly weight: number;
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly x0: number;
  readonly y0: number;
  readonly neighbours: readonly [number, number];
}

type Colour = readonly [number, number, number];

function between(next: Random, [low, high]: Range): number {
  return low + (high - low) * next();
}

function either(next: Random, reach: number): number {
  return reach * (2 * next() - 1);
}

function unit(x: number): number {
  return x < 0 ? 0 : x < 1 ? x : 1;
}

function paint(label: number, next: Random, to: Uint8Array): void {
  const pose = drawPose(next);
  const u = next(), depth = look.contrast[0] + (look.contrast[1] - look.contrast[0]) * u * u;
  const step = next() < 0.5 ? depth : -depth;
  const wall = between(next, step > 0 ? [0.06, 0.94 - depth] : [0.06 + depth, 0.94]);
  paintWall(next, pose, wall);
  writeNumber(label, next, pose);
  paintInk(next, pose, colour(next, wall + step), colour(next, unit(wall - step)));
  if (next() < look.castShadow.chance) castShadow(next);
  const passes = Math.floor(between(next, [look.blurs[0], look.blurs[1] + 1])), a = between(next, look.blur);
  for (let pass = 0; pass < passes; pass++) blur(a);
  develop(next, between(next, look.noise), to);
}

function drawPose(next: Random): Pose {
  const weight = between(next, look.weight);
  const high = between(next, look.pixelsHigh) / (1 + 2 * weight);
  const width = between(next, look.width), slant = between(next, look.slant);
  const t = either(next, look.turn), cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  const middle = (SIDE - 1) / 2;
  return {
    high,
    weight,
    xx: high * width * cosine,
    xy: -high * (slant * cosine + sine),
    yx: high * width * sine,
    yy: high * (cosine - slant * sine),
    x0: middle + either(next, look.pixelsAside),
    y0: middle + either(next, look.pixelsAside * 0.6),
    neighbours: [Math.floor(next() * look.neighbours), Math.floor(next() * look.neighbours)],
  };
}

/** A colour of the given brightness. */
function colour(next: Random, brightness: number): Colour {
  const strength = next() * look.tint, r = either(next, 1), g = either(next, 1), b = either(next, 1);
  const grey = (r + g + b) / 3;
  return [
    brightness + strength * (r - grey),
    brightness + strength * (g - grey),
    brightness + strength * (b - grey),
  ];
}

function paintWall(next: Random, pose: Pose, brightness: number): void {
  const wall = colour(next, brightness);
  const surround = colour(next, unit(brightness + either(next, look.plate.contrast)));
  const hasPlate = next() < look.plate.chance, margin = between(next, look.plate.margin) + pose.weight;
  const endLeft = pose.neighbours[0] === 0 && next() < 0.5,
    endRight = pose.neighbours[1] === 0 && next() < 0.5;
  const slopeX = either(next, look.shading) / SIDE, slopeY = either(next, look.shading) / SIDE;
  const stains = Float64Array.from({ length: 36 }, () => either(next, look.stains));
  const hasCourses = next() < look.courses.chance, apart = between(next, look.courses.apart);
  const groove = either(next, look.courses.depth), offset = next() * apart, tilt = either(next, 0.08);
  const determinant = pose.xx * pose.yy - pose.xy * pose.yx;

  for (let y = 0, at = 0; y < SIDE; y++) {
    const stainY = y / SIDE * 5, rowY = Math.floor(stainY), fy = stainY - rowY;
    for (let x = 0; x < SIDE; x++, at++) {
      const stainX = x / SIDE * 5, i = rowY * 6 + Math.floor(stainX), fx = stainX - Math.floor(stainX);
      let light = slopeX * (x - SIDE / 2) + slopeY * (y - SIDE / 2) +
        (stains[i]! * (1 - fx) + stains[i + 1]! * fx) * (1 - fy) +
        (stains[i + 6]! * (1 - fx) + stains[i + 7]! * fx) * fy;
      if (hasCourses) {
        const along = (y + tilt * x + offset) / apart, line = along - Math.floor(along);
        light += groove * unit(1.5 - apart * (line < 0.5 ? line : 1 - line));
      }
      let outside = 0;
      if (hasPlate) {
        const px = x - pose.x0, py = y - pose.y0;
        const gx = (pose.yy * px - pose.xy * py) / determinant,
          gy = (pose.xx * py - pose.yx * px) / determinant;
        const over = Math.max(
          Math.abs(gy) - 0.5 - margin,
          endLeft ? -gx - 0.4 - margin : -1,
          endRight ? gx - 0.4 - margin : -1,
        );
        outside = unit(0.5 + over * pose.high);
      }
      for (let c = 0; c < 3; c++) {
        colours[3 * at + c] = light + wall[c]! + outside * (surround[c]! - wall[c]!);
      }
    }
  }
}

/** Leaves in `squared` the squared distance of every pixel to the number's strokes, in pens' half-widths. */
function writeNumber(label: number, next: Random, pose: Pose): void {
  squared.fill(Infinity);
  const stretch = between(next, look.penStretch), t = either(next, 1);
  // The pen's short side along (nx, ny): lengths that way count `stretch` times.
  const nx = (1 - t * t) / (1 + t * t), ny = 2 * t / (1 + t * t);
  const pen = [1 + (stretch - 1) * nx * nx, (stretch - 1) * nx * ny, 1 + (stretch - 1) * ny * ny] as const;
  const taste = next();
  const pick = (digit: number): Glyph => {
    const own = glyphs[digit]!;
    return own[Math.floor(taste * own.length)]!;
  };
  const write = (glyph: Glyph, shift: number): void => {
    const wobble = either(next, look.wobble);
    for (let s = 0; s < glyph.segments.length; s += 4) {
      const [ax, ay, bx, by] = glyph.segments.subarray(s, s + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      stroke(pose, pen, ax + shift, ay - 0.5 + wobble, bx + shift, by - 0.5 + wobble);
    }
  };
  const glyph = pick(label), centre = -(glyph.left + glyph.right) / 2;
  write(glyph, centre);
  const gap = (2 * pose.weight + between(next, look.spacing)) / (pose.xx / pose.high);
  for (let left = glyph.left + centre, n = 0; n < pose.neighbours[0]; n++) {
    const other = pick(Math.floor(next() * 10));
    write(other, left - gap - other.right);
    left -= gap + other.right - other.left;
  }
  for (let right = glyph.right + centre, n = 0; n < pose.neighbours[1]; n++) {
    const other = pick(Math.floor(next() * 10));
    write(other, right + gap - other.left);
    right += gap + other.right - other.left;
  }
}

/** Lowers `squared` near one line of a stroke. */
function stroke(
  pose: Pose,
  [pxx, pxy, pyy]: readonly [number, number, number],
  ax: number,
  ay: number,
  bx: number,
  by: number,
): void {
  const x1 = pose.x0 + pose.xx * ax + pose.xy * ay, y1 = pose.y0 + pose.yx * ax + pose.yy * ay;
  const x2 = pose.x0 + pose.xx * bx + pose.xy * by, y2 = pose.y0 + pose.yx * bx + pose.yy * by;
  const reach = pose.weight * pose.high + 3;
  const fromX = Math.max(0, Math.floor(Math.min(x1, x2) - reach));
  const toX = Math.min(SIDE - 1, Math.ceil(Math.max(x1, x2) + reach));
  const fromY = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
  const toY = Math.min(SIDE - 1, Math.ceil(Math.max(y1, y2) + reach));
  const dx = pxx * (x2 - x1) + pxy * (y2 - y1), dy = pxy * (x2 - x1) + pyy * (y2 - y1);
  const inverse = 1 / (dx * dx + dy * dy + 1e-9);
  for (let y = fromY; y <= toY; y++) {
    for (let x = fromX; x <= toX; x++) {
      const ox = pxx * (x - x1) + pxy * (y - y1), oy = pxy * (x - x1) + pyy * (y - y1);
      const along = unit((ox * dx + oy * dy) * inverse);
      const ex = ox - along * dx, ey = oy - along * dy, d = ex * ex + ey * ey;
      if (d < squared[y * SIDE + x]!) squared[y * SIDE + x] = d;
    }
  }
}

function paintInk(next: Random, pose: Pose, body: Colour, edge: Colour): void {
  const radius = pose.weight * pose.high, rimWidth = between(next, [0.6, 1.8]);
  for (let at = 0; at < AREA; at++) {
    const distance = Math.sqrt(squared[at]!);
    ink[at] = unit(0.5 + radius - distance);
    rim[at] = unit(0.5 + radius + rimWidth - distance);
  }
  const relief = next(), { dropShadow, outline, bevel } = look.relief;
  const shiftX = either(next, 2.2), shiftY = between(next, [0.4, 2.2]), strength = between(next, [0.15, 0.5]);
  const cover = between(next, [0.85, 1]), fade = either(next, 0.12);
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at++) {
      const alpha = ink[at]! * cover, light = fade * (y / SIDE - 0.5);
      let under = 1, lit = light;
      if (relief < dropShadow) under = 1 - strength * sample(ink, x - shiftX, y - shiftY);
      else if (relief > 1 - bevel) {
        lit += strength * 0.5 * (sample(ink, x - 1, y - 1) - sample(ink, x + 1, y + 1));
      }
      const edged = relief >= dropShadow && relief < dropShadow + outline ? rim[at]! * 0.8 : 0;
      for (let c = 0; c < 3; c++) {
        const below = colours[3 * at + c]! * under, rimmed = below + edged * (edge[c]! - below);
        colours[3 * at + c] = rimmed + alpha * (body[c]! + lit - rimmed);
      }
    }
  }
}

/** A sheet between its pixels. */
function sample(sheet: Float64Array, x: number, y: number): number {
  const left = Math.max(0, Math.min(SIDE - 2, Math.floor(x))),
    top = Math.max(0, Math.min(SIDE - 2, Math.floor(y)));
  const fx = unit(x - left), fy = unit(y - top), at = top * SIDE + left;
  return (sheet[at]! * (1 - fx) + sheet[at + 1]! * fx) * (1 - fy) +
    (sheet[at + SIDE]! * (1 - fx) + sheet[at + SIDE + 1]! * fx) * fy;
}

/** Darkens one side of a line across the image. */
function castShadow(next: Random): void {
  const t = either(next, 1), nx = (1 - t * t) / (1 + t * t), ny = 2 * t / (1 + t * t);
  const side = next() < 0.5 ? 1 : -1, offset = either(next, 9), soft = between(next, [0.8, 5]);
  const depth = next() * look.castShadow.depth;
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at += 3) {
      const inside = unit(0.5 + side * (nx * (x - SIDE / 2) + ny * (y - SIDE / 2) - offset) / soft);
      for (let c = 0; c < 3; c++) colours[at + c] = colours[at + c]! * (1 - depth * inside);
    }
  }
}

/** One pass of the binomial-like kernel [a, 1 − 2a, a] along rows and along columns, edges repeated. */
function blur(a: number): void {
  for (let c = 0; c < 3; c++) {
    for (const [line, step] of [[SIDE * 3, 3], [3, SIDE * 3]] as const) {
      for (let n = 0; n < SIDE; n++) {
        const start = n * line + c;
        for (let i = 0; i < SIDE; i++) row[i + 1] = colours[start + i * step]!;
        row[0] = row[1]!;
        row[SIDE + 1] = row[SIDE]!;
        for (let i = 0; i < SIDE; i++) {
          colours[start + i * step] = row[i + 1]! + a * (row[i]! + row[i + 2]! - 2 * row[i + 1]!);
        }
      }
    }
  }
}

/** Adds the sensor's noise, mostly of brightness, and rounds to bytes. */
function develop(next: Random, noise: number, to: Uint8Array): void {
  for (let at = 0; at < AREA; at++) {
    const grey = bell(next);
    for (let c = 0; c < 3; c++) {
      const value = colours[3 * at + c]! + noise * (0.8 * grey + 0.6 * bell(next));
      to[3 * at + c] = Math.floor(255 * unit(value) + 0.5);
    }
  }
}

/** The sum of the four bytes of one random number, of mean 0 and variance 1: nearly normal. */
function bell(next: Random): number {
  const bits = next() * 4294967296 >>> 0;
  const sum = (bits & 255) + (bits >>> 8 & 255) + (bits >>> 16 & 255) + (bits >>> 24);
  return (sum - 510) / 147.8;
}
