/** What fixtures/golden/make_attacks.py made: three networks, a batch, and attacked images. */
import { type Classifier, type Images, type Labels, tf } from "@gcln/kit/tensor";

const folder = new URL("../../fixtures/golden/", import.meta.url);

/** One attack of another library; without `key` only distances are kept. */
export interface Setting {
  readonly key?: string;
  readonly library: "torchattacks" | "foolbox";
  readonly network: "plain" | "robust" | "smooth";
  readonly attack: "fgs" | "bim" | "pgd" | "carliniWagnerL2";
  // deno-lint-ignore no-explicit-any -- options of several attacks, as JSON
  readonly options: any;
  readonly success?: readonly boolean[];
  readonly distances?: readonly (number | null)[];
}

export const settings: readonly Setting[] = JSON.parse(
  await Deno.readTextFile(new URL("attacks_settings.json", folder)),
);

const arrays = { F32: Float32Array, I32: Int32Array, I16: Int16Array, U8: Uint8Array };
const file = (await Deno.readFile(new URL("attacks_images.safetensors", folder))).buffer;
const headerLength = Number(new DataView(file).getBigUint64(0, true));
type Entry = { dtype: keyof typeof arrays; shape: number[]; data_offsets: [number, number] };
const header: Record<string, Entry> = JSON.parse(
  new TextDecoder().decode(new Uint8Array(file, 8, headerLength)),
);

export function array(name: string): { values: Float32Array | Int32Array; shape: number[] } {
  const { dtype, shape, data_offsets: [from, to] } = header[name]!;
  const values = new arrays[dtype](file.slice(8 + headerLength + from, 8 + headerLength + to));
  return { values: dtype === "F32" ? values as Float32Array : Int32Array.from(values), shape };
}

export function images(): Images {
  const { values, shape } = array("images");
  return tf.tensor(Float32Array.from(values, (v) => v / 255), shape as Images["shape"]);
}

export function labels(name: "labels" | "targets" = "labels"): Labels {
  return tf.tensor1d(array(name).values as Int32Array, "int32");
}

/** What the other library made of the images. */
export function attacked(key: string): Images {
  const { values, shape } = array(key);
  return tf.tidy(() => images().add(tf.tensor(Float32Array.from(values, (v) => v / 32768), shape)));
}

/** One of the three networks; its weights live as long as the test process. */
export function network(name: Setting["network"]): Classifier {
  const weight = <R extends tf.Rank>(part: string) => {
    const { values, shape } = array(`${name}.${part}`);
    return tf.tensor<R>(values, shape as tf.ShapeMap[R], "float32");
  };
  const [k1, b1, k2, b2] = [
    weight<tf.Rank.R4>("conv1.weight"),
    weight("conv1.bias"),
    weight<tf.Rank.R4>("conv2.weight"),
    weight("conv2.bias"),
  ];
  const dense = weight<tf.Rank.R2>("fc.weight"), bias = weight("fc.bias"), smooth = name === "smooth";
  return (x) => {
    const first = tf.conv2d(x.sub(0.5).div(0.25) as Images, k1, 1, "same").add<Images>(b1) as Images;
    const half = smooth
      ? tf.avgPool(first.tanh<Images>(), 2, 2, "valid")
      : tf.maxPool(first.relu<Images>(), 2, 2, "valid");
    const second = tf.conv2d(half, k2, 1, "same").add<Images>(b2);
    const features = smooth ? tf.avgPool(second.tanh<Images>(), 2, 2, "valid") : second.relu<Images>();
    return features.reshape<tf.Tensor2D>([x.shape[0], -1]).matMul(dense).add(bias);
  };
}
