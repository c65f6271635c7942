import { basename } from "node:path";
import {
  cacheFolder,
  DiskError,
  NAMED_DIGEST,
  namedDigest,
  readIfThere,
  sayUnused,
  withLock,
  writeAtomically,
} from "../files/mod.ts";
import { callable, checkSetting, checkSettings, object, type Settings, text, word } from "../kinds/mod.ts";
import type { Owner } from "../networks/mod.ts";
import { type Parameters, type Progress, type ProgressPlace, tf } from "../tensor/mod.ts";
import { type TrainedOn, trainedOnHere } from "./trained_on.ts";
import { fileCheckpoints } from "./checkpoint.ts";
import { idOf } from "./id.ts";
import { kindOf } from "./network_kind.ts";
import type { TrainedBy, TrainedNetwork, TrainedSpec } from "./spec.ts";
import { group, ungroup } from "./trees.ts";
import { findWeights, hasWeights, keepWeights, packWeights } from "./weights_file.ts";
import { trainingImages } from "./training_images.ts";

/** Fields of {@link trained}. */
export interface TrainedOptions {
  /** Trains the network again even if weights exist. Networks that it needs, such as its classifier, are not trained again. */
  readonly retrain?: boolean;
  /**
   * With `retrain`: the moment at which the run began, which is its name. Weights in the cache that the same run has trained
   * are used, and a training of it that was stopped resumes. Default: all are trained again.
   */
  readonly since?: Date;
  /**
   * Whether weights that are shipped with the kit are used before any others.
   *
   * @default {"use"}
   */
  readonly shipped?: "use" | "ignore";
  /** Makes a progress for work, by the label of that work. */
  readonly progress?: (label: string, place?: ProgressPlace) => Progress;
  /** Stops the training between two steps, after writing a checkpoint. */
  readonly signal?: AbortSignal;
  /** The folder of the cache; default: `gcln/trained` in the user's cache folder. */
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
 * Several processes may ask for the same network at once: one trains it, and the others wait. A process that is killed lets
 * it go.
 *
 * A training writes a checkpoint at least every minute and when it is stopped; the same call resumes from it. Networks that
 * the network needs, such as the classifier of a cleaning network, are found or trained first.
 *
 * Each file carries its digest. A damaged one in the cache is named on stderr, put aside under the name `….damaged`, and the
 * network is trained again; a damaged one that is shipped with the kit is an error.
 *
 * @param spec The spec of the network; equal specs give equal networks.
 * @returns The network as a function; it holds its weights until `dispose` is called.
 * @throws {RangeError} If its kind is not known, or an option is not allowed.
 * @throws {WeightsError} If weights that are shipped with the kit are not those that were shipped.
 * @throws {DivergedError} If a loss becomes NaN or infinite.
 * @throws {WeightsError} If a file of weights is damaged, or holds other weights.
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
 * // Shipped with the kit. A network with another seed would be trained now, for some minutes.
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
  const anew = runOf(options), shipped = options.retrain ? "ignore" : options.shipped;
  const find = async () =>
    options.retrain && anew === undefined ? undefined : await findWeights(id, folder, { shipped, anew });
  // Of several processes one trains; the others wait, and find its weights.
  const { tensors, source, history, made } = await find() ??
    await withLock(
      `${folder}/${id}.lock`,
      async () => await find() ?? await train(spec, id, folder, options),
      {
        signal: options.signal,
        waits: () => console.error(`Waiting for another process, which trains ${id}`),
      },
    );
  const { trees: names, build } = kindOf(spec), all = ungroup(tensors);
  const trees = Object.fromEntries(names.map((name) => [name, all[name] ?? {}]));
  const built = build(spec, trees), { dispose: own } = built as Partial<Owner>;
  const dispose = () => {
    own?.call(built);
    tf.dispose(Object.values(tensors));
  };
  return Object.assign(built, {
    ...trees,
    spec,
    id,
    source,
    history,
    ...(made ? { made } : {}),
    dispose,
  }) as unknown as TrainedBy<Spec>;
}

/**
 * Whether the network that a spec describes is there, shipped with the kit or in the cache: then {@linkcode trained} does not
 * train it.
 *
 * @param spec The spec of the network.
 * @param options Where it is looked for.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierSpec } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 * import { isTrained } from "@gcln/kit/training";
 *
 * assertEquals(await isTrained(classifierSpec(profiles.quick, "street-digits", 1)), true); // shipped
 * assertEquals(await isTrained(classifierSpec(profiles.quick, "street-digits", 12345)), false);
 * ```
 */
export async function isTrained(
  spec: TrainedSpec,
  options: Pick<TrainedOptions, "folder" | "shipped"> = {},
): Promise<boolean> {
  const folder = options.folder ?? `${cacheFolder()}/trained`;
  return await hasWeights(await idOf(spec), folder, options.shipped);
}

/** The name of the run that trains again, if one does. */
function runOf({ retrain, since }: TrainedOptions): string | undefined {
  return retrain ? since?.toISOString() : undefined;
}

/** The outcome of a training. */
interface JustTrained {
  readonly tensors: Parameters;
  readonly source: "trained now";
  readonly history: TrainedNetwork["history"];
  readonly made: TrainedOn;
}

/** Trains the networks that the spec needs, then the network itself, and stores its weights. */
async function train(
  spec: TrainedSpec,
  id: string,
  folder: string,
  options: TrainedOptions,
): Promise<JustTrained> {
  const kind = kindOf(spec), { retrain: _, ...inherited } = options, { progress, signal } = options;
  const anew = runOf(options), checkpoints = fileCheckpoints(`${folder}/${id}.checkpoint`, id, anew);
  if (options.retrain && anew === undefined) await checkpoints.clear();
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
      shared: (name, size, make) =>
        withLock(`${folder}/${name}.lock`, () => keptBytes(`${folder}/${name}`, size, make), { signal }),
      ...(progress ? { progress: progress(`training ${id}`), progressOf: progress } : {}),
      ...(signal ? { signal } : {}),
    });
    const tensors = group(trees), made = await trainedOnHere();
    try {
      await keepWeights(folder, id, { spec, history, made }, tensors, anew);
      await checkpoints.clear();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      console.warn(`${error.message}. The network is used, but not kept`); // its training may have taken hours
    }
    return { tensors, history, made, source: "trained now" };
  } finally {
    for (const network of held.values()) network.dispose();
  }
}

async function keptBytes(path: string, size: number, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const kept = await readIfThere(path);
  if (kept !== undefined) {
    const bytes = kept.subarray(0, size);
    if (kept.length === size + NAMED_DIGEST && sameBytes(kept.subarray(size), await digestOf(path, bytes))) {
      return bytes.slice();
    }
    sayUnused(
      path,
      kept.length === size ? "it carries no digest" : "its content is not what was written under this name",
    );
  }
  const made = await make(), sealed = new Uint8Array(size + NAMED_DIGEST);
  sealed.set(made);
  sealed.set(await digestOf(path, made), size);
  await writeAtomically(path, sealed);
  return made;
}

/** The digest of shared bytes and of the name that they have, at the end of their file. */
async function digestOf(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new TextEncoder().encode(await namedDigest(basename(path), bytes));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * A trained network as the bytes of a safetensors file, with the spec and the history in its metadata. {@linkcode trained}
 * finds the file in the folder of the cache under the name `<id>.safetensors`.
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
