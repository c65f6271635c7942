import { features, gradCam, type Owner } from "../../networks/mod.ts";
import { classesRead, logitsOf } from "../../judge/mod.ts";
import { type Images, tf } from "../../tensor/mod.ts";
import type { TrainedClassifier } from "../../training/mod.ts";

/** What a classifier makes of some images: the caller's to free. */
export interface Inspection {
  /** Of every layer, `[n, …]`. */
  readonly activations: readonly tf.Tensor[];
  /** Of every layer of maps, `[n, h, w]`. */
  readonly heats: readonly tf.Tensor3D[];
  /** The classes that it predicts, `[n]`. */
  readonly predicted: tf.Tensor1D;
}

/** Looks at what happens inside a classifier. */
export interface Inspector extends Owner {
  /** Its layers, first to last. */
  readonly layers: readonly string[];
  /** Those whose activations are maps, with the shorter side of the maps. */
  readonly maps: ReadonlyMap<string, number>;
  /** What the classifier makes of images. */
  readonly inspect: (images: Images) => Inspection;
}

/** Makes an inspector of all layers of a classifier; `shape` is that of an image. */
export function inspectorOf(
  classifier: TrainedClassifier,
  [h, w, c]: readonly [number, number, number],
): Inspector {
  const { network, parameters } = classifier, { layers } = network;
  const activationsOf = features(network, parameters, layers);
  const shapes = tf.tidy(() => activationsOf(tf.zeros([1, h, w, c])).map(({ shape }) => shape));
  const maps = new Map(
    layers.flatMap((layer, i) =>
      shapes[i]!.length === 4 ? [[layer, Math.min(shapes[i]![1]!, shapes[i]![2]!)] as const] : []
    ),
  );
  const inspect = (images: Images): Inspection => {
    const predicted = tf.tidy(() => classesRead(logitsOf(classifier, images)));
    return {
      activations: tf.tidy(() => activationsOf(images)),
      heats: [...maps.keys()].map((layer) => gradCam(classifier, images, { layer, classes: predicted })),
      predicted,
    };
  };
  return { layers, maps, inspect, dispose: () => activationsOf.dispose() };
}

/** The same with each image's values replaced by those of the next image, the last one's by the first's. */
export function rotated({ activations, heats, predicted }: Inspection): Inspection {
  const next = <T extends tf.Tensor>(x: T): T =>
    tf.tidy(() => tf.concat([x.slice([1]), x.slice([0], [1])])) as T;
  return { activations: activations.map(next), heats: heats.map(next), predicted: next(predicted) };
}

/** Frees an inspection. */
export function release({ activations, heats, predicted }: Inspection): void {
  tf.dispose([...activations, ...heats, predicted]);
}
