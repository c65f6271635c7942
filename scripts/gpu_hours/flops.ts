import { type ArchitectureSpec, network, type NetworkSpec } from "../../lib/networks/mod.ts";
import { type Images, tf } from "../../lib/tensor/mod.ts";

/** A kernel of TensorFlow.js as it was run. */
interface Kernel {
  readonly name: string;
  readonly inputShapes: readonly (readonly number[] | null)[];
  readonly outputShapes: readonly (readonly number[])[];
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Multiplications and additions of a kernel; 0 of one that is no convolution and no product of matrices. */
export function flopsOf({ name, inputShapes, outputShapes }: Kernel): number {
  const [first = [], second = []] = inputShapes.filter((shape) => shape !== null), [out = []] = outputShapes;
  switch (name) {
    case "Conv2D":
    case "FusedConv2D": // [n, h, w, out], each the sum of a window: [height, width, in]
      return 2 * product(out) * product(second.slice(0, 3));
    case "Conv2DBackpropInput": // of dy, [n, h, w, out]
      return 2 * product(first) * product(second.slice(0, 3));
    case "BatchMatMul":
    case "_FusedMatMul": { // [b, m, k] · [b, k, n]: the sizes are bmk, bkn and bmn
      const batches = product(out.slice(0, -2));
      return 2 * Math.sqrt(product(first) * product(second) * product(out) / batches);
    }
    default:
      return 0;
  }
}

const known = new Map<string, Promise<number>>();

/** One network after the other: TensorFlow.js profiles one function at a time. */
let last: Promise<unknown> = Promise.resolve();

/** What one image costs in a forward pass through a network, in FLOPs: counted by running it once. */
export function forwardFlops(spec: ArchitectureSpec, sides: readonly [number, number]): Promise<number> {
  const key = JSON.stringify([spec, sides]), found = known.get(key) ?? last.then(() => counted(spec, sides));
  known.set(key, found);
  last = found;
  return found;
}

async function counted(spec: ArchitectureSpec, sides: readonly [number, number]): Promise<number> {
  const it = network(spec as NetworkSpec),
    parameters = it.init(1),
    images = tf.zeros(inputOf(spec, sides)) as Images;
  try {
    const { kernels } = await tf.profile(() => it.apply(parameters, images) as tf.Tensor);
    return (kernels as unknown as Kernel[]).reduce((sum, kernel) => sum + flopsOf(kernel), 0);
  } finally {
    tf.dispose([images, ...Object.values(parameters)]);
  }
}

/** The shape of what a network takes for one image: some take latent numbers, or a channel for the time. */
function inputOf(
  spec: ArchitectureSpec,
  [height, width]: readonly [number, number],
): [number, number, number, number] {
  if (spec.architecture === "latent-generator") {
    return [1, 1, 1, (spec as ArchitectureSpec & { readonly latent: number }).latent];
  }
  return [1, height, width, spec.channels + (spec.architecture === "diffusion-unet" ? 1 : 0)];
}
