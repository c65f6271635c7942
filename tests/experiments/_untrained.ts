import {
  type AdversarialNetworkSpec,
  type GclnSpec,
  noisyWeights,
  type ParametricNoiseSpec,
  type PixelCnnTrainingSpec,
  type Profile,
} from "@gcln/kit/defenses";
import { detector, network, noiseGenerator, pixelCnn, writeSafetensors } from "@gcln/kit/networks";
import { type Parameters, tf } from "@gcln/kit/tensor";
import { writeAtomically } from "@gcln/kit/files";
import { type ClassifierSpec, idOf, type TrainedSpec } from "@gcln/kit/training";

/** A profile for tests: seconds of training, and cells of a few images. */
export const tiny: Profile = {
  name: "tiny",
  dataset: "street-digits",
  examples: 12,
  network: { width: 2, stem: 2 },
  images: 256,
  gcln: { pool: 64, images: 128, adaptive: 64, width: 4 },
  adversary: { images: 64, steps: 2, stepSize: 4, after: 0.5 },
  pixelCnn: { width: 4, blocks: 1, mixtures: 1, images: 64 },
  purifiers: {
    autoencoder: { images: 64 },
    bitCoder: { width: 1, images: 64 },
    diffusion: { width: 4, images: 64 },
    gan: { width: 1, images: 64, steps: 2, starts: 1 },
  },
  alpha: 0.1,
  attacks: { carliniWagner: { steps: 2 } },
};

/** What a spec's network begins with, tree by tree. */
function firstTrees(spec: TrainedSpec): Record<string, Parameters> {
  if (spec.kind === "classifier") return { parameters: network((spec as ClassifierSpec).network).init(1) };
  if (spec.kind === "parametric noise") {
    const { network: architecture, training } = spec as ParametricNoiseSpec, shape = network(architecture);
    const alphas = Object.keys(noisyWeights(shape)).map((name) => [name, tf.scalar(training.alpha)]);
    return { parameters: shape.init(1), alphas: Object.fromEntries(alphas) };
  }
  if (spec.kind === "pixelcnn") {
    return { parameters: pixelCnn((spec as PixelCnnTrainingSpec).network).init(1) };
  }
  if ("network" in spec) { // classifiers that learn otherwise, some against a generator
    const { network: architecture, generator } = spec as unknown as AdversarialNetworkSpec;
    const own = generator ? { generator: noiseGenerator(generator).init(1) } : {};
    return { parameters: network(architecture).init(1), ...own };
  }
  const gcln = spec as GclnSpec;
  return {
    parameters: network(gcln.generator).init(1),
    detector: gcln.detector ? detector(gcln.detector).init(1) : {},
  };
}

/** Puts networks with their first weights into a cache, as if they had been trained. */
export async function leaveUntrained(folder: string, ...specs: readonly TrainedSpec[]): Promise<void> {
  for (const spec of specs) {
    const trees = firstTrees(spec);
    const parameters: Parameters = Object.fromEntries(
      Object.entries(trees).flatMap(([tree, tensors]) =>
        Object.entries(tensors).map(([name, tensor]) => [`${tree}.${name}`, tensor])
      ),
    );
    const metadata = { record: JSON.stringify({ spec, history: [] }) };
    const bytes = await writeSafetensors(parameters, { precision: "float32", metadata });
    await writeAtomically(`${folder}/trained/${await idOf(spec)}.safetensors`, bytes);
    tf.dispose(Object.values(parameters));
  }
}

/** Runs with a folder of its own. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
