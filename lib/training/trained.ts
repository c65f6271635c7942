import { attackBy } from "../attacks/mod.ts";
import { type Dataset, datasets } from "../data/mod.ts";
import { cleanerOf, type CleanerOptions } from "../defenses/mod.ts";
import {
  classifierOf,
  detector,
  features,
  generator,
  type Network,
  network,
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
  type Parameters,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { type AttackPool, attackPool, poolOf } from "./attack_pool.ts";
import { fileCheckpoints } from "./checkpoint.ts";
import { cacheFolder, readIfThere, writeAtomically } from "./files.ts";
import { fitClassifier } from "./fit_classifier.ts";
import { type Attacker, fitGcln } from "./fit_gcln.ts";
import type { HistoryEntry } from "./loop.ts";
import { cosine } from "./schedule.ts";
import { type ClassifierSpec, digest, type GclnSpec, idOf, type TrainedSpec } from "./spec.ts";
import { group, ungroup } from "./state.ts";

/** What every trained network carries. */
export interface Provenance<Spec extends TrainedSpec> {
  readonly spec: Spec;
  /** The spec's name, with its hash: what caches go by. */
  readonly id: string;
  /** Where the weights were found, or that they were trained now. */
  readonly source: "shipped" | "cache" | "trained now";
  readonly history: readonly HistoryEntry[];
}

/** A trained classifier: call it on images. */
export interface TrainedClassifier extends Provenance<ClassifierSpec> {
  (images: Images): ReturnType<Classifier>;
  readonly network: Network;
  readonly parameters: Parameters;
}

/** A trained generative cleaning network: call it on images. */
export interface TrainedGcln extends Provenance<GclnSpec> {
  (images: Images): Images;
  readonly parameters: Parameters;
  readonly detector: Parameters;
  /** The same cleaner with other gradients of its rounding and its clip: the values do not change. */
  with(options: Pick<CleanerOptions, "backward" | "clip">): Cleaner;
}

/** Fields of {@link trained}. */
export interface TrainedOptions {
  /** Trains anew, although weights are there. */
  readonly retrain?: boolean;
  /** Makes a progress for a stretch of work that has this label. */
  readonly progress?: (label: string) => Progress;
  readonly signal?: AbortSignal;
  /** The cache; default: the user's cache folder, `gcln/trained`. */
  readonly folder?: string;
}

/** What is kept of a run beside its weights. */
interface Record {
  readonly spec: TrainedSpec;
  readonly history: readonly HistoryEntry[];
}

interface Kept extends Record {
  readonly parameters: Parameters;
  readonly source: Provenance<TrainedSpec>["source"];
}

const SHIPPED = new URL("../../fixtures/trained/", import.meta.url);

function weightsFile(folder: string, id: string): string {
  return `${folder}/${id}.safetensors`;
}

async function readShipped(id: string): Promise<Uint8Array | undefined> {
  const url = new URL(`${id}.safetensors`, SHIPPED);
  if (url.protocol === "file:") return await readIfThere(url);
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  return undefined;
}

async function find(id: string, folder: string): Promise<Kept | undefined> {
  const sources = { shipped: () => readShipped(id), cache: () => readIfThere(weightsFile(folder, id)) };
  for (const [source, read] of Object.entries(sources)) {
    const bytes = await read();
    if (bytes === undefined) continue;
    const { record } = readMetadata(bytes);
    if (record === undefined) {
      throw new Error(`The weights of ${id} (${source}) carry no record of their training`);
    }
    return { ...JSON.parse(record), parameters: readSafetensors(bytes), source: source as Kept["source"] };
  }
  return undefined;
}

/**
 * The weights of a spec as a file's bytes: safetensors with the spec and the history in its metadata.
 *
 * @param precision `float16` halves the file and is what the shipped networks use.
 */
export async function exportTrained(
  trained: TrainedClassifier | TrainedGcln,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  const parameters = "network" in trained
    ? group({ parameters: trained.parameters })
    : group({ parameters: trained.parameters, detector: trained.detector });
  const record: Record = { spec: trained.spec, history: trained.history };
  return await writeSafetensors(parameters, { precision, metadata: { record: JSON.stringify(record) } });
}

function loader(spec: ClassifierSpec): Promise<Dataset> {
  return datasets[spec.data]("train");
}

async function train(
  spec: TrainedSpec,
  id: string,
  folder: string,
  options: TrainedOptions,
): Promise<Omit<Kept, "source">> {
  const checkpoints = fileCheckpoints(`${folder}/${id}.checkpoint`, id);
  if (options.retrain) await checkpoints.clear();
  const common = {
    seed: spec.seed,
    checkpoints,
    ...(options.progress ? { progress: options.progress(`training ${id}`) } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  if (spec.kind === "classifier") {
    const { images, batch, rate, augment } = spec.training;
    const settings = { images, batch, schedule: cosine(rate), augment, ...common };
    const { parameters, history } = await fitClassifier(
      network(spec.network) as Network,
      await loader(spec),
      settings,
    );
    return { spec, history, parameters: group({ parameters }) };
  }
  const target = await trained(spec.classifier, inherit(options));
  const judge = await trained(spec.features.of, inherit(options));
  const data = (await loader(spec.classifier)).take(spec.attacks.pool);
  const { parameters, detector: adversary, history } = await fitGcln(data, {
    classifier: target,
    features: features(judge.network, judge.parameters, spec.features.layers),
    generator: generator(spec.generator),
    detector: detector(spec.detector),
    transform: spec.transform,
    attacker: await attackerOf(spec, target, data, folder, options),
    images: spec.training.images,
    batch: spec.training.batch,
    lambda: spec.training.lambda,
    perceptualScale: spec.training.perceptualScale,
    rates: spec.training.rates,
    recovered: spec.training.recovered,
    ...common,
  });
  return { spec, history, parameters: group({ parameters, detector: adversary }) };
}

/** What a network inherits from the one that needs it: everything but the wish to train anew. */
function inherit({ retrain: _, ...options }: TrainedOptions): TrainedOptions {
  return options;
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
  const scale = Math.max(...attacks.by.map(({ ball }) => ball.norm === "linf" ? ball.epsilon : 1));
  if (bytes?.length === data.pixels.length) return poolOf(new Int8Array(bytes.buffer), scale);
  const surrogate = frozen(target);
  const pool = await attackPool(surrogate, data, {
    attacks: attacks.by,
    seed: fold(classifier.seed, "pool"),
    ...(options.progress ? { progress: options.progress(`attacking ${data.size} training images`) } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  surrogate.dispose();
  await writeAtomically(path, new Uint8Array(pool.perturbations.buffer));
  return pool;
}

/**
 * The network that a spec describes: shipped with the kit, else from the cache, else trained now.
 *
 * A training run checkpoints at least every minute and goes on from there when it is started again.
 *
 * @param spec The network and how it is trained, whole; equal specs give equal networks.
 * @throws {DivergedError} When training goes wrong.
 */
export function trained(spec: ClassifierSpec, options?: TrainedOptions): Promise<TrainedClassifier>;
export function trained(spec: GclnSpec, options?: TrainedOptions): Promise<TrainedGcln>;
export async function trained(
  spec: TrainedSpec,
  options: TrainedOptions = {},
): Promise<TrainedClassifier | TrainedGcln> {
  const id = await idOf(spec), folder = options.folder ?? `${cacheFolder()}/trained`;
  let found = options.retrain ? undefined : await find(id, folder);
  if (found === undefined) {
    const made = await train(spec, id, folder, options);
    const metadata = { record: JSON.stringify({ spec, history: made.history } satisfies Record) };
    await writeAtomically(
      weightsFile(folder, id),
      await writeSafetensors(made.parameters, { precision: "float32", metadata }),
    );
    await fileCheckpoints(`${folder}/${id}.checkpoint`, id).clear();
    found = { ...made, source: "trained now" };
  }
  const { parameters, detector: adversary } = ungroup(found.parameters);
  const common = { id, source: found.source, history: found.history, parameters };
  if (spec.kind === "classifier") {
    const shape = network(spec.network) as Network;
    return Object.assign(classifierOf(shape, parameters).bind(undefined), {
      ...common,
      spec,
      network: shape,
    });
  }
  const shape = generator(spec.generator);
  const cleaner = (gradients: Pick<CleanerOptions, "backward" | "clip">) =>
    cleanerOf(shape, parameters, { ...spec.transform, ...gradients });
  return Object.assign(cleaner({}), { ...common, spec, detector: adversary!, with: cleaner });
}

/** Frees a trained network's tensors. */
export function release({ parameters, ...rest }: TrainedClassifier | TrainedGcln): void {
  tf.dispose([...Object.values(parameters), ...Object.values("detector" in rest ? rest.detector : {})]);
}
