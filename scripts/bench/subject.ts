/** What both sides of `deno task bench` work on: networks and images. */
import { type Dataset, dataset } from "../../lib/data/mod.ts";
import { type Network, network, writeSafetensors } from "../../lib/networks/mod.ts";
import { type Batch, fold, type Images, normal, type Parameters, tf, uniform } from "../../lib/tensor/mod.ts";

/** Networks of one base width, and what they work on: tensors that both sides have. */
export interface Subject {
  readonly classifier: Network;
  readonly weights: Parameters;
  readonly generator: Network<Images>;
  readonly repairs: Parameters;
  /** Between the 256 levels, so that no coefficient lies where two machines round it differently. */
  readonly batch: Batch;
  /** Bytes, as those that training draws its batches from. */
  readonly data: Dataset;
}

/** What both sides are told. */
export const settings = {
  epsilon: 8 / 255,
  stepSize: 2 / 255,
  steps: 10,
  q: 10 / 255,
  rate: 0.05,
  momentum: 0.9,
  weightDecay: 5e-4,
} as const;

/** Sides and channels of all images. */
export const SHAPE = [32, 32, 3] as const;

const CLASSES = 10;

/** A normal number in place of each that begins at zero, so that nothing on the way is multiplied by it. */
function awake(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, old], i) => {
      const begun = /\.(bias|running_mean)$/.test(name) || name === "up.weight";
      if (!begun) return [name, old];
      const value = normal(old.shape, 0, 0.05, fold(1, i));
      old.dispose();
      return [name, value];
    }),
  );
}

/**
 * Fresh networks and images, the same on every machine.
 *
 * @param width Base width of the classifier and of the generator.
 * @param images How many.
 */
export async function subject(width: number, images: number): Promise<Subject> {
  const classifier = network({
    architecture: "resnet18",
    width,
    classes: CLASSES,
    channels: 3,
    stem: 1,
    normalise: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  });
  const generator = network({ architecture: "generator", width, channels: 3 });
  const shape: [number, number, number, number] = [images, ...SHAPE];
  const drawn = uniform<tf.Rank.R4>(shape, 0, 256, 2),
    labels = Uint8Array.from({ length: images }, (_, i) => i % CLASSES);
  const pixels = Uint8Array.from(await drawn.data(), Math.floor);
  drawn.dispose();
  return {
    classifier,
    weights: awake(classifier.init(1)),
    generator,
    repairs: awake(generator.init(2)),
    batch: { images: uniform(shape, 0, 1, 3), labels: tf.tensor1d(Int32Array.from(labels), "int32") },
    data: dataset({
      name: "noise",
      split: "train",
      classes: Array.from({ length: CLASSES }, (_, i) => `${i}`),
      shape: SHAPE,
      pixels,
      labels,
    }),
  };
}

/** Frees a subject's tensors. */
export function release({ weights, repairs, batch }: Subject): void {
  tf.dispose([Object.values(weights), Object.values(repairs), batch.images, batch.labels]);
}

/** A subject as safetensors, for the other side. */
export async function exchange(
  { classifier, weights, generator, repairs, batch, data }: Subject,
): Promise<Uint8Array> {
  const prefixed = (prefix: string, parameters: Parameters) =>
    Object.entries(parameters).map(([name, tensor]) => [`${prefix}.${name}`, tensor] as const);
  const pixels = tf.tensor4d(Float32Array.from(data.pixels), [data.size, ...SHAPE]);
  // The format keeps kernels, [h, w, in, out]: PyTorch's side finds [n, channels, h, w].
  const extra = {
    images: batch.images.transpose([1, 2, 3, 0]),
    pixels: pixels.transpose([1, 2, 3, 0]),
    labels: batch.labels.cast("float32"),
  };
  const bytes = await writeSafetensors({
    ...Object.fromEntries([...prefixed("classifier", weights), ...prefixed("generator", repairs)]),
    ...extra,
  }, {
    precision: "float32",
    metadata: {
      classifier: JSON.stringify(classifier.spec),
      generator: JSON.stringify(generator.spec),
      settings: JSON.stringify(settings),
    },
  });
  tf.dispose([pixels, extra]);
  return bytes;
}
