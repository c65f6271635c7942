/** Whatever the ball, the shape and the pixels: nothing leaves the ball or [0, 1], not by the last bit. */
import { assert, assertEquals } from "@std/assert";
import {
  type AnyBall,
  apgd,
  bim,
  bounds,
  clip,
  contains,
  fgs,
  l1,
  l2,
  linf,
  noise,
  type Norm,
  pgd,
  project,
  randomStart,
  steepest,
} from "@gcln/kit/attacks";
import {
  type Classifier,
  fold,
  type Images,
  type Labels,
  normal,
  random,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import fc from "fast-check";

await useBackend();

const makers = { linf, l2, l1 };

/** As many balls as there are images: a batch has a radius for each. */
interface Case {
  readonly shape: [number, number, number, number];
  readonly norm: Norm;
  readonly radii: readonly number[];
  /** What the pixels are like. */
  readonly kinds: readonly Kind[];
  readonly stepSize: number;
  readonly seed: number;
}

const kinds = ["uniform", "bytes", "black and white", "black", "white", "grey", "at the edges"] as const;
type Kind = typeof kinds[number];

function pixel(kind: Kind, next: () => number): number {
  switch (kind) {
    case "uniform":
      return next();
    case "bytes":
      return Math.floor(256 * next()) / 255;
    case "black and white":
      return next() < 0.5 ? 0 : 1;
    case "black":
      return 0;
    case "white":
      return 1;
    case "grey":
      return 0.5;
    case "at the edges":
      return [0, 2 ** -24, 2 ** -60, 1 - 2 ** -24, 0.5 + 2 ** -24, 0.5 - 2 ** -25][Math.floor(6 * next())]!;
    default:
      return kind satisfies never;
  }
}

function originals({ shape, kinds, seed }: Case): Images {
  const each = shape[1] * shape[2] * shape[3];
  const values = kinds.flatMap((kind, i) => {
    const next = random(fold(seed, i));
    return Array.from({ length: each }, () => pixel(kind, next));
  });
  return tf.tensor4d(values, shape);
}

const extremes = [0, 1e-30, 1e-8, 2 ** -24, 1e-6, 1 / 255, 8 / 255, 0.1, 0.5, 1, 3, 255, 1e9];
const size = fc.oneof(fc.constantFrom(...extremes), fc.double({ min: 0, max: 4, noNaN: true }));
const IMAGES = 6;

/** No linf ball is larger than [0, 1]. */
const fitting = (given: Case): Case =>
  given.norm === "linf" ? { ...given, radii: given.radii.map((radius) => Math.min(radius, 1)) } : given;

const anything: fc.Arbitrary<Case> = fc.record({
  shape: fc.tuple(
    fc.constant(IMAGES),
    fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 13 })),
    fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 13 })),
    fc.constantFrom(1, 2, 3, 5),
  ),
  norm: fc.constantFrom(...Object.keys(makers) as Norm[]),
  radii: fc.array(size, { minLength: IMAGES, maxLength: IMAGES }),
  kinds: fc.array(fc.constantFrom(...kinds), { minLength: IMAGES, maxLength: IMAGES }),
  stepSize: size,
  seed: fc.nat(),
}).map(fitting);

/** Six balls each time, of all three norms. */
async function always(runs: number, property: (given: Case) => Promise<void>): Promise<void> {
  const free = async (given: Case) => {
    tf.engine().startScope();
    try {
      await property(given);
    } finally {
      tf.engine().endScope();
    }
  };
  await fc.assert(fc.asyncProperty(anything, free), { numRuns: runs, seed: 11 });
}

async function inside(ball: AnyBall, original: Images, images: Images, what: string): Promise<void> {
  const told = await contains(ball, original, images);
  assert(told.every(Boolean), `${what} leaves the ball: ${told}`);
}

const bits = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

Deno.test("project() never leaves any of 3000 balls, nor [0, 1], from wherever it comes", async () => {
  await always(500, async (given) => {
    const original = originals(given), ball = makers[given.norm](given.radii);
    const far = original.add<Images>(normal<tf.Rank.R4>(given.shape, 0, 1, given.seed).mul(given.stepSize));
    const even = original.add<Images>(given.stepSize); // every pixel rounds the same way
    const elsewhere = uniform<tf.Rank.R4>(given.shape, -300, 300, given.seed);
    for (const images of [original, far, even, elsewhere]) {
      await inside(ball, original, project(ball, original, images), "project()");
    }
  });
});

Deno.test("project() leaves the centres of 3000 balls where they are", async () => {
  await always(500, async (given) => {
    const original = originals(given), ball = makers[given.norm](given.radii);
    assertEquals(await bits(project(ball, original, original)), await bits(original));
  });
});

Deno.test("randomStart() never leaves any of 3000 balls, nor [0, 1]", async () => {
  await always(500, async (given) => {
    const original = originals(given), ball = makers[given.norm](given.radii);
    const seeds = Array.from({ length: IMAGES }, (_, i) => fold(given.seed, "start", i));
    await inside(ball, original, randomStart(ball, original, seeds), "randomStart()");
  });
});

Deno.test("bounds() are around the image, and clip() to them never leaves any of 3000 balls", async () => {
  await always(500, async (given) => {
    const original = originals(given),
      ball = linf(fitting({ ...given, norm: "linf" }).radii),
      { lower, upper } = bounds(ball, original);
    assertEquals(
      (await lower.lessEqual(original).logicalAnd(upper.greaterEqual(original)).all().data())[0],
      1,
    );
    for (const images of [lower, upper, clip({ lower, upper }, uniform(given.shape, -2, 3, given.seed))]) {
      await inside(ball, original, images, "clip()");
    }
  });
});

Deno.test("Steepest steps of any size, projected, never leave any of 1500 balls, nor [0, 1]", async () => {
  await always(250, async (given) => {
    const original = originals(given), ball = makers[given.norm](given.radii);
    let images = original;
    for (let step = 0; step < 4; step++) {
      const gradient = normal<tf.Rank.R4>(given.shape, 0, 1, fold(given.seed, step));
      images = project(ball, original, images.add(steepest(ball, gradient).mul(given.stepSize)));
      await inside(ball, original, images, `step ${step}`);
    }
  });
});

/** Three classes, linear, and what each image is; the gradients are large, or small, or 0. */
function surrogate({ shape, seed }: Case): Classifier {
  const pixels = shape[1] * shape[2] * shape[3], scale = [1, 1e-20, 0, 1e3][seed % 4]!;
  const weights = normal<tf.Rank.R2>([pixels, 3], 0, scale, seed);
  return (x) => x.reshape<tf.Tensor2D>([-1, pixels]).matMul(weights) as tf.Tensor2D;
}

const attacks = [fgs, bim, pgd, apgd, noise];

Deno.test("Attacks of a few steps never leave any of 720 balls, nor [0, 1]", async () => {
  await always(120, async (given) => {
    const images = originals(given), labels = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32") as Labels;
    const ball = makers[given.norm](given.radii);
    for (const attack of attacks) {
      const { name, settings, norms } = attack;
      if (!norms.includes(given.norm)) continue;
      const stepSize = name === "bim" || name === "pgd" ? { stepSize: given.stepSize } : {};
      const few = "steps" in settings ? { steps: 2, ...stepSize } : "draws" in settings ? { draws: 2 } : {};
      const attacked = attack(surrogate(given), { images, labels }, { ball, seed: given.seed, ...few });
      await inside(ball, images, attacked, name);
    }
  });
});

Deno.test("In a ball of radius 0 there is one image: its centre, to the bit", async () => {
  await always(60, async (given) => {
    const images = originals(given), labels = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32") as Labels;
    const ball = makers[given.norm](0), centre = await bits(images);
    const elsewhere = uniform<tf.Rank.R4>(given.shape, -300, 300, given.seed);
    const all: Images[] = [project(ball, images, elsewhere), randomStart(ball, images, given.seed)];
    for (const attack of attacks) {
      if (!attack.norms.includes(given.norm)) continue;
      const few = "steps" in attack.settings ? { steps: 2 } : {};
      all.push(attack(surrogate(given), { images, labels }, { ball, ...few }));
    }
    for (const attacked of all) assertEquals(await bits(attacked), centre);
  });
});
