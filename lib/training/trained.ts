import { attackBy } from "../attacks/mod.ts";
import { type Dataset, knownDataset } from "../data/mod.ts";
import { cleanerOf, type CleanerOptions, type NoisyClassifier, noisyClassifier } from "../defenses/mod.ts";
import {
  classifierOf,
  detector,
  features,
  generator,
  type Network,
  network,
  type Owner,
  readMetadata,
  readSafetensors,
  writeSafetensors,
} from "../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  fold,
  frozen,
  type Images,
  type Logits,
  type Parameters,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { type AttackPool, attackPool, poolOf } from "./attack_pool.ts";
import { fileCheckpoints } from "./checkpoint.ts";
import { cacheFolder, isWrittenSince, readIfThere, readPublished, writeAtomically } from "../files/mod.ts";
import { fitClassifier } from "./fit_classifier.ts";
import { type Attacker, fitGcln } from "./fit_gcln.ts";
import { fitParametricNoise } from "./fit_parametric_noise.ts";
import type { HistoryEntry } from "./history.ts";
import { cosine } from "./schedule.ts";
import {
  type ClassifierSpec,
  type ClassifierTraining,
  digest,
  type GclnSpec,
  idOf,
  type ParametricNoiseSpec,
  type TrainedSpec,
} from "./spec.ts";
import { group, ungroup } from "./_state.ts";

/** What every trained network carries. */
export interface TrainedNetwork<Spec extends TrainedSpec> extends Owner {
  /** What it was made from. */
  readonly spec: Spec;
  /** The spec's name, with its hash: what caches go by. */
  readonly id: string;
  /** Where the weights were found, or that they were trained now. */
  readonly source: "shipped" | "cache" | "trained now";
  /** How its training went. */
  readonly history: readonly HistoryEntry[];
}

/** A trained classifier: call it on images. */
export interface TrainedClassifier extends TrainedNetwork<ClassifierSpec> {
  /** From `[n, h, w, c]` in [0, 1] to `[n, classes]`. */
  (images: Images): Logits;
  /** Its architecture. */
  readonly network: Network;
  /** Its weights and running statistics. */
  readonly parameters: Parameters;
}

/** A trained classifier with noise on its weights: call it on images and a seed. */
export interface TrainedParametricNoise extends TrainedNetwork<ParametricNoiseSpec>, NoisyClassifier {
  /** Its architecture. */
  readonly network: Network;
  /** Its weights, without noise, and running statistics. */
  readonly parameters: Parameters;
  /** α by the weight's name. */
  readonly alphas: Parameters;
}

/** A network that {@linkcode trained} gives, of the kind that the spec is of. */
export type TrainedBy<Spec extends TrainedSpec> = Spec extends ClassifierSpec ? TrainedClassifier
  : Spec extends ParametricNoiseSpec ? TrainedParametricNoise
  : TrainedGcln;

/** Which gradients an attacker sees where a cleaner rounds and clips; see {@linkcode CleanerOptions}. */
export type CleanerGradients = Pick<CleanerOptions, "backward" | "clip">;

/** A trained generative cleaning network: call it on images. */
export interface TrainedGcln extends TrainedNetwork<GclnSpec> {
  /** From `[n, h, w, c]` in [0, 1] to cleaned images of the same shape and range. */
  (images: Images): Images;
  /** The generator's. */
  readonly parameters: Parameters;
  /** The detector's parameters. */
  readonly detector: Parameters;
  /** The same cleaner with other gradients of its rounding and its clip: the values do not change. */
  with(gradients: CleanerGradients): Cleaner;
}

/** Fields of {@link trained}. */
export interface TrainedOptions {
  /** Trains anew, although weights are there. What the network needs (its classifier, say) is taken as it is. */
  readonly retrain?: boolean;
  /**
   * With `retrain`: weights in the cache that were written since then are new enough, and a training that was stopped
   * since then goes on. Default: nothing is.
   */
  readonly since?: Date;
  /**
   * Whether weights that come with the kit are taken before any others.
   *
   * @default {"use"}
   */
  readonly shipped?: "use" | "ignore";
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  /** Stops training between two steps, with a checkpoint written. */
  readonly signal?: AbortSignal;
  /** The cache; default: the user's cache folder, `gcln/trained`. */
  readonly folder?: string;
}

/** A file of weights that is damaged, or holds other weights than its name says. */
export class WeightsError extends Error {
  /** For messages, and for telling it apart. */
  override readonly name = "WeightsError";
}

/** What is kept of a run beside its weights. */
interface TrainingRecord {
  readonly spec: TrainedSpec;
  readonly history: readonly HistoryEntry[];
}

interface Kept extends TrainingRecord {
  readonly parameters: Parameters;
  readonly source: TrainedNetwork<TrainedSpec>["source"];
}

const SHIPPED = new URL("../../fixtures/trained/", import.meta.url);

function weightsFile(folder: string, id: string): string {
  return `${folder}/${id}.safetensors`;
}

/** Weights and their record, from a file's bytes. */
async function unpack(bytes: Uint8Array, id: string, place: string): Promise<Omit<Kept, "source">> {
  const refuse = (reason: string): never => {
    throw new WeightsError(`Cannot take the weights in ${place}: ${reason}. Delete the file or train anew`);
  };
  let record: TrainingRecord;
  try {
    record = JSON.parse(readMetadata(bytes).record ?? "null");
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (record === null) return refuse("they carry no record of their training");
  const found = await idOf(record.spec);
  if (found !== id) return refuse(`they are those of ${found}`);
  return { ...record, parameters: readSafetensors(bytes) };
}

async function find(
  id: string,
  folder: string,
  shipped: TrainedOptions["shipped"] = "use",
): Promise<Kept | undefined> {
  const url = new URL(`${id}.safetensors`, SHIPPED), file = weightsFile(folder, id);
  const gift = shipped === "use" ? await readPublished(url) : undefined;
  if (gift !== undefined) return { ...await unpack(gift, id, url.href), source: "shipped" };
  const bytes = await readIfThere(file);
  return bytes && { ...await unpack(bytes, id, file), source: "cache" };
}

/** Whether a file in the cache is new enough for a training anew. */
async function isNew(path: string, { since }: TrainedOptions): Promise<boolean> {
  return since !== undefined && await isWrittenSince(path, since);
}

async function pack(
  { spec, history }: TrainingRecord,
  parameters: Parameters,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  const record = JSON.stringify({ spec, history } satisfies TrainingRecord);
  return await writeSafetensors(parameters, { precision, metadata: { record } });
}

/**
 * A trained network as a file's bytes: safetensors with the spec and the history in its metadata. Under the name
 * `<id>.safetensors` in a cache's folder, {@linkcode trained} finds it.
 *
 * @param trained The network.
 * @param precision `float16` halves the file and is what the shipped networks use.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierSpec, profiles } from "@gcln/kit/experiments";
 * import { readMetadata } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 * import { exportTrained, trained } from "@gcln/kit/training";
 *
 * await useBackend();
 * const spec = classifierSpec(profiles.quick, "street-digits", 1), classifier = await trained(spec);
 * const bytes = await exportTrained(classifier, "float16");
 * assertEquals(JSON.parse(readMetadata(bytes).record!).spec, spec);
 * classifier.dispose();
 * ```
 */
export async function exportTrained(
  trained: TrainedClassifier | TrainedParametricNoise | TrainedGcln,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  const { parameters, detector, alphas } = trained as
    & Pick<TrainedClassifier, "parameters">
    & Partial<Pick<TrainedGcln, "detector"> & Pick<TrainedParametricNoise, "alphas">>;
  return await pack(trained, group({ parameters, detector, alphas }), precision);
}

async function train(spec: TrainedSpec, id: string, folder: string, options: TrainedOptions) {
  const path = `${folder}/${id}.checkpoint`, checkpoints = fileCheckpoints(path, id);
  if (options.retrain && !await isNew(path, options)) await checkpoints.clear();
  const run = {
    seed: spec.seed,
    checkpoints,
    ...(options.progress ? { progress: options.progress(`training ${id}`) } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const made = await trainKind(spec, folder, options, run);
  await writeAtomically(
    weightsFile(folder, id),
    await pack({ spec, history: made.history }, made.parameters, "float32"),
  );
  await checkpoints.clear();
  return { spec, ...made, source: "trained now" as const };
}

function trainKind(spec: TrainedSpec, folder: string, options: TrainedOptions, run: RunOptions) {
  switch (spec.kind) {
    case "classifier":
      return trainClassifier(spec, run);
    case "parametric noise":
      return trainParametricNoise(spec, run);
    case "gcln":
      return trainGcln(spec, folder, options, run);
    default:
      return spec satisfies never;
  }
}

/** What the training of any network takes beside its spec. */
interface RunOptions {
  readonly seed: number;
  readonly checkpoints: ReturnType<typeof fileCheckpoints>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

async function trainClassifier(spec: ClassifierSpec, run: RunOptions) {
  const { network: shape, data, settings } = await told(spec);
  const { parameters, history } = await fitClassifier(shape, data, { ...settings, ...run });
  return { history, parameters: group({ parameters }) };
}

async function trainParametricNoise(spec: ParametricNoiseSpec, run: RunOptions) {
  const { adversary, alpha, weightDecay } = spec.training,
    { network: shape, data, settings } = await told(spec);
  const { parameters, alphas, history } = await fitParametricNoise(shape, data, {
    ...settings,
    adversary,
    alpha,
    weightDecay,
    ...run,
  });
  return { history, parameters: group({ parameters, alphas }) };
}

/** What a spec says of the training of a classifier, of whichever kind. */
async function told(
  spec: Pick<ClassifierSpec, "network" | "data"> & { readonly training: ClassifierTraining },
) {
  const { examples, images, batch, rate, augment, adversary } = spec.training;
  return {
    network: network(spec.network) as Network,
    data: (await knownDataset(spec.data)("train")).take(examples),
    settings: { images, batch, schedule: cosine(rate), augment, ...(adversary ? { adversary } : {}) },
  };
}

async function trainGcln(spec: GclnSpec, folder: string, options: TrainedOptions, run: RunOptions) {
  const { images, batch, lambda, perceptualScale, rates, recovered } = spec.training;
  const { retrain: _, ...inherited } = options;
  const held: Owner[] = [];
  const hold = <T extends Owner>(owner: T): T => (held.push(owner), owner);
  try {
    const target = hold(await trained(spec.classifier, inherited));
    const judge = hold(await trained(spec.features.of, inherited));
    const data = (await knownDataset(spec.classifier.data)("train")).take(spec.attacks.pool);
    const { parameters, detector: adversary, history } = await fitGcln(data, {
      classifier: target,
      features: hold(features(judge.network, judge.parameters, spec.features.layers)),
      generator: generator(spec.generator),
      detector: detector(spec.detector),
      transform: spec.transform,
      attacker: await attackerOf(spec, target, data, folder, options),
      images,
      batch,
      lambda,
      perceptualScale,
      rates,
      recovered,
      ...run,
    });
    return { history, parameters: group({ parameters, detector: adversary }) };
  } finally {
    for (const owner of held) owner.dispose();
  }
}

async function attackerOf(
  spec: GclnSpec,
  target: Classifier,
  data: Dataset,
  folder: string,
  options: TrainedOptions,
): Promise<Attacker> {
  const { by, surrogate } = spec.attacks;
  if (surrogate === "defended") {
    const attacks = by.map(attackBy);
    return (batch, _, defended, seed) =>
      attacks[fold(seed, "turn") % attacks.length]!(defended, batch, { seed });
  }
  const pool = await pooled(spec, target, data, folder, options);
  return (batch, indices) => pool.attacked(batch, indices);
}

/** The attack pool of a spec, from the cache where an earlier run (of another q, say) left it. */
async function pooled(
  { classifier, attacks }: GclnSpec,
  target: Classifier,
  data: Dataset,
  folder: string,
  options: TrainedOptions,
): Promise<AttackPool> {
  const key = await digest({ of: await idOf(classifier), attacks, data: data.checksum });
  const path = `${folder}/pool-${key}.bin`;
  const bytes = await readIfThere(path);
  if (bytes?.length === data.pixels.length) {
    return poolOf(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), attacks.by);
  }
  const surrogate = frozen(target);
  try {
    const pool = await attackPool(surrogate, data, {
      attacks: attacks.by,
      seed: fold(classifier.seed, "pool"),
      ...(options.progress ? { progress: options.progress(`attacking ${data.size} training images`) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    await writeAtomically(path, new Uint8Array(pool.perturbations.buffer));
    return pool;
  } finally {
    surrogate.dispose();
  }
}

/** The network of a spec, with its weights. */
export function trained<Spec extends TrainedSpec>(
  spec: Spec,
  options?: TrainedOptions,
): Promise<TrainedBy<Spec>>;
/**
 * The network that a spec describes: shipped with the kit, else from the cache, else trained now.
 *
 * A training run checkpoints at least every minute, and when it is stopped; the same call goes on from there. What a
 * cleaning network needs (its classifier, the network of its perceptual loss) is found or trained first.
 *
 * A damaged file is never replaced unasked, since its training may have taken hours: it is an error that says which.
 *
 * @param spec The network and how it is trained, whole; equal specs give equal networks.
 * @returns The network as a function; it holds its weights until `dispose` is called.
 * @throws {DivergedError} When training goes wrong.
 * @throws {WeightsError} When a file of weights is damaged, or holds others.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { accuracy } from "@gcln/kit/evaluation";
 * import { classifierSpec, profiles } from "@gcln/kit/experiments";
 * import { useBackend } from "@gcln/kit/tensor";
 * import { trained } from "@gcln/kit/training";
 *
 * await useBackend();
 * // Comes with the kit. With another seed it would be trained first, for some minutes.
 * const classifier = await trained(classifierSpec(profiles.quick, "street-digits", 1));
 * const digits = await streetDigits("test", { size: 20 });
 * assert(await accuracy(classifier, digits) > 0.8);
 * classifier.dispose();
 * ```
 */
export async function trained(
  spec: TrainedSpec,
  options: TrainedOptions = {},
): Promise<TrainedClassifier | TrainedParametricNoise | TrainedGcln> {
  const id = await idOf(spec), folder = options.folder ?? `${cacheFolder()}/trained`;
  const found = options.retrain && !await isNew(weightsFile(folder, id), options)
    ? undefined
    : await find(id, folder, options.retrain ? "ignore" : options.shipped);
  const { parameters: weights, source, history } = found ?? await train(spec, id, folder, options);
  const { parameters, detector: adversary, alphas } = ungroup(weights);
  const common = { id, source, history, parameters };
  const release = () => tf.dispose(Object.values(weights));
  switch (spec.kind) {
    case "classifier": {
      const shape = network(spec.network) as Network, classifier = classifierOf(shape, parameters);
      return Object.assign((images: Images) => classifier(images), {
        ...common,
        spec,
        network: shape,
        dispose() {
          classifier.dispose();
          release();
        },
      });
    }
    case "parametric noise": {
      const shape = network(spec.network) as Network, noisy = noisyClassifier(shape, parameters, alphas!);
      return Object.assign(noisy, { ...common, spec, network: shape, alphas: alphas!, dispose: release });
    }
    case "gcln": {
      const shape = generator(spec.generator);
      const cleaner = (gradients: CleanerGradients) =>
        cleanerOf(shape, parameters, { ...spec.transform, ...gradients });
      return Object.assign(cleaner({}), {
        ...common,
        spec,
        detector: adversary!,
        with: cleaner,
        dispose: release,
      });
    }
    default:
      return spec satisfies never;
  }
}
