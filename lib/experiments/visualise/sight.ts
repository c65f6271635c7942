import { features, gradCam, type Owner } from "../../networks/mod.ts";
import { classesRead, logitsOf } from "../../judge/mod.ts";
import { type Images, tf } from "../../tensor/mod.ts";
import type { TrainedClassifier } from "../../training/mod.ts";

/** What a classifier makes of some images: the caller's to free. */
export interface Glimpse {
  /** Of every layer, `[n, …]`. */
  readonly activations: readonly tf.Tensor[];
  /** Of every layer of maps, `[n, h, w]`. */
  readonly heats: readonly tf.Tensor3D[];
  /** The classes that it says, `[n]`. */
  readonly said: tf.Tensor1D;
}

/** A classifier that lets itself be looked into. */
export interface Sight extends Owner {
  /** Its layers, first to last. */
  readonly layers: readonly string[];
  /** Those whose activations are maps, with the shorter side of the maps. */
  readonly maps: ReadonlyMap<string, number>;
  /** Looks at images. */
  readonly look: (images: Images) => Glimpse;
}

/** Looks into a classifier at all its layers; `shape` is that of an image. */
export function sightOf(classifier: TrainedClassifier, [h, w, c]: readonly [number, number, number]): Sight {
  const { network, parameters } = classifier, { layers } = network;
  const activationsOf = features(network, parameters, layers);
  const shapes = tf.tidy(() => activationsOf(tf.zeros([1, h, w, c])).map(({ shape }) => shape));
  const maps = new Map(
    layers.flatMap((layer, i) =>
      shapes[i]!.length === 4 ? [[layer, Math.min(shapes[i]![1]!, shapes[i]![2]!)] as const] : []
    ),
  );
  const look = (images: Images): Glimpse => {
    const said = tf.tidy(() => classesRead(logitsOf(classifier, images)));
    return {
      activations: tf.tidy(() => activationsOf(images)),
      heats: [...maps.keys()].map((layer) => gradCam(classifier, images, { layer, classes: said })),
      said,
    };
  };
  return { layers, maps, look, dispose: () => activationsOf.dispose() };
}

/** Each image's place taken by the next one's glimpse, the last one's by the first's. */
export function rotated({ activations, heats, said }: Glimpse): Glimpse {
  const next = <T extends tf.Tensor>(x: T): T =>
    tf.tidy(() => tf.concat([x.slice([1]), x.slice([0], [1])])) as T;
  return { activations: activations.map(next), heats: heats.map(next), said: next(said) };
}

/** Frees a glimpse. */
export function forget({ activations, heats, said }: Glimpse): void {
  tf.dispose([...activations, ...heats, said]);
}
