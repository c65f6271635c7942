import { cacheFolder, isWrittenSince, readIfThere, writeAtomically } from "../files/mod.ts";
import { callable, checkSetting, checkSettings, object, type Settings, text, word } from "../kinds/mod.ts";
import type { Owner } from "../networks/mod.ts";
import { type Parameters, type Progress, tf } from "../tensor/mod.ts";
import { fileCheckpoints } from "./checkpoint.ts";
import { idOf } from "./id.ts";
import { kindOf } from "./network_kind.ts";
import type { TrainedBy, TrainedNetwork, TrainedSpec } from "./spec.ts";
import { group, ungroup } from "./trees.ts";
import { findWeights, keepWeights, packWeights, weightsPath } from "./weights_file.ts";
import { trainingImages } from "./training_images.ts";

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

const settings: Settings = {
  retrain: { wanted: "true or false", accepts: (value) => typeof value === "boolean", default: false },
  since: { wanted: "a Date", accepts: (value) => value instanceof Date && !Number.isNaN(value.getTime()) },
  shipped: word(["use", "ignore"], { default: "use" }),
  progress: callable(),
  signal: object("an AbortSignal"),
  folder: text(),
};

/**
 * The network that a spec describes: shipped with the kit, else from the cache, else trained now.
 *
 * A training run checkpoints at least every minute, and when it is stopped; the same call goes on from there. What a
 * network needs (a cleaning network its classifier, say) is found or trained first.
 *
 * A damaged file is never replaced unasked, since its training may have taken hours: it is an error that says which.
 *
 * @param spec The network and how it is trained, whole; equal specs give equal networks.
 * @returns The network as a function; it holds its weights until `dispose` is called.
 * @throws {RangeError} When its kind is not known, or an option is not right.
 * @throws {DivergedError} When training goes wrong.
 * @throws {WeightsError} When a file of weights is damaged, or holds others.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { classifierSpec } from "@gcln/kit/defenses";
 * import { accuracy } from "@gcln/kit/evaluation";
 * import { profiles } from "@gcln/kit/experiments";
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
export async function trained<Spec extends TrainedSpec>(
  spec: Spec,
  options: TrainedOptions = {},
): Promise<TrainedBy<Spec>> {
  checkSettings("trained", settings, options);
  const id = await idOf(spec), folder = options.folder ?? `${cacheFolder()}/trained`;
  const found = options.retrain && !await isNew(weightsPath(folder, id), options)
    ? undefined
    : await findWeights(id, folder, options.retrain ? "ignore" : options.shipped);
  const { tensors, source, history } = found ?? await train(spec, id, folder, options);
  const { trees: names, build } = kindOf(spec), all = ungroup(tensors);
  const trees = Object.fromEntries(names.map((name) => [name, all[name] ?? {}]));
  const built = build(spec, trees), { dispose: own } = built as Partial<Owner>;
  const dispose = () => {
    own?.call(built);
    tf.dispose(Object.values(tensors));
  };
  return Object.assign(built, { ...trees, spec, id, source, history, dispose }) as unknown as TrainedBy<Spec>;
}

/** Whether a file in the cache is new enough for a training anew. */
async function isNew(path: string, { since }: TrainedOptions): Promise<boolean> {
  return since !== undefined && await isWrittenSince(path, since);
}

/** The outcome of a training. */
interface JustTrained {
  readonly tensors: Parameters;
  readonly source: "trained now";
  readonly history: TrainedNetwork["history"];
}

/** Trains what the spec needs and then itself, and keeps its weights. */
async function train(
  spec: TrainedSpec,
  id: string,
  folder: string,
  options: TrainedOptions,
): Promise<JustTrained> {
  const kind = kindOf(spec), { retrain: _, ...inherited } = options, { progress, signal } = options;
  const checkpoints = fileCheckpoints(`${folder}/${id}.checkpoint`, id);
  if (options.retrain && !await isNew(`${folder}/${id}.checkpoint`, options)) await checkpoints.clear();
  const held = new Map<string, TrainedNetwork>(), networks: Record<string, TrainedNetwork> = {};
  try {
    for (const [name, needed] of Object.entries(kind.needs?.(spec) ?? {})) {
      const other = await idOf(needed), network = held.get(other) ?? await trained(needed, inherited);
      held.set(other, network);
      networks[name] = network;
    }
    const { trees, history } = await kind.train(spec, {
      networks: networks as never,
      data: await trainingImages(kind.dataset(spec)),
      seed: spec.seed,
      checkpoints,
      shared: (name, size, make) => keptBytes(`${folder}/${name}`, size, make),
      ...(progress ? { progress: progress(`training ${id}`), progressOf: progress } : {}),
      ...(signal ? { signal } : {}),
    });
    const tensors = group(trees);
    await keepWeights(folder, id, { spec, history }, tensors);
    await checkpoints.clear();
    return { tensors, history, source: "trained now" };
  } finally {
    for (const network of held.values()) network.dispose();
  }
}

async function keptBytes(path: string, size: number, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const kept = await readIfThere(path);
  if (kept?.length === size) return kept;
  const made = await make();
  await writeAtomically(path, made);
  return made;
}

/**
 * A trained network as a file's bytes: safetensors with the spec and the history in its metadata. Under the name
 * `<id>.safetensors` in a cache's folder, {@linkcode trained} finds it.
 *
 * @param network The network.
 * @param precision `float16` halves the file and is what the shipped networks use.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierSpec } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
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
  network: TrainedNetwork,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  checkSetting("precision", word(["float32", "float16"]), precision);
  const held = network as unknown as Readonly<Record<string, Parameters>>;
  const trees = kindOf(network.spec).trees.map((name) => [name, held[name]] as const);
  return await packWeights(network, group(Object.fromEntries(trees)), precision);
}
