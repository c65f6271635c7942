import { type Dataset, dataset } from "@gcln/kit/data";
import { classifierOf, vgg } from "@gcln/kit/networks";
import { type Batch, type Classifier, fold, frozen, type Images, random, tf } from "@gcln/kit/tensor";
import { fitClassifier } from "@gcln/kit/training";

/** The direction of each class's stripes: a small network learns them in seconds. */
const directions = [[1, 0], [0, 1], [1, 1], [1, -1]] as const;

/** Grey images of 12 × 12 pixels with stripes in one of four directions, anywhere, in noise. */
export function gratings(size: number, seed: number, split: "train" | "test" = "train"): Dataset {
  const next = random(fold(seed, "gratings", split)), side = 12;
  const pixels = new Uint8Array(size * side * side), labels = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const label = labels[i] = Math.floor(next() * directions.length);
    const [dy, dx] = directions[label]!, phase = 2 * Math.PI * next(), contrast = 25 + 30 * next();
    const wave = 2 * Math.PI / (4 * Math.hypot(dy, dx));
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const stripe = contrast * Math.sin(wave * (dy * y + dx * x) + phase);
        pixels[(i * side + y) * side + x] = Math.round(128 + stripe + 60 * (next() - 0.5));
      }
    }
  }
  return dataset({
    name: "gratings",
    split,
    classes: ["across", "down", "falling", "rising"],
    shape: [side, side, 1],
    pixels,
    labels,
  });
}

/** A small network for {@link gratings}. */
export const reader = vgg({ architecture: "vgg-small", width: 4, classes: 4, channels: 1 });

/** A trained {@link reader}, which reads nearly all. */
export async function trainedReader(): Promise<Classifier> {
  const { parameters } = await fitClassifier(reader, gratings(1000, 1), {
    images: 10_000,
    batch: 50,
    seed: 1,
  });
  const classifier = frozen(classifierOf(reader, parameters));
  tf.dispose(Object.values(parameters));
  return classifier;
}

/** The share of images that a classifier puts in the batch's classes. */
export async function share(classifier: Classifier, images: Images, { labels }: Pick<Batch, "labels">) {
  const right = tf.tidy(() => classifier(images).argMax(1).equal(labels).cast("float32").mean());
  try {
    return (await right.data())[0]!;
  } finally {
    right.dispose();
  }
}
