import type { Dataset } from "../data/mod.ts";
import {
  callable,
  checkSettings,
  codeDigest,
  guess,
  list,
  registry,
  type Settings,
  text,
  valueText,
} from "../kinds/mod.ts";
import type { Parameters, Progress } from "../tensor/mod.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import type { TrainedBy, TrainedSpec } from "./spec.ts";

/** The inputs of a training beside its spec. */
export interface TrainingRun<Needs extends Readonly<Record<string, TrainedSpec>>> {
  /** The networks that it needs, by the names in its kind's `needs`. They are freed after the training. */
  readonly networks: { readonly [Name in keyof Needs]: TrainedBy<Needs[Name]> };
  /** The training images of its data set, all of them. */
  readonly data: Dataset;
  /** The spec's seed. */
  readonly seed: number;
  /** The store for the checkpoint, which lets a stopped run resume. */
  readonly checkpoints: CheckpointStore;
  /** Receives the number of images so far. */
  readonly progress?: Progress;
  /** Makes a progress for work beside the training itself, by the label of that work. */
  readonly progressOf?: (label: string) => Progress;
  /** Stops the run. */
  readonly signal?: AbortSignal;
  /**
   * Reads bytes that several networks share from the cache; makes and stores them if they are not there.
   *
   * @param name The name of the file, which must contain everything that the bytes depend on.
   * @param size The number of bytes. A file of another length is damaged, and is replaced.
   * @param make Makes the bytes.
   */
  readonly shared: (name: string, size: number, make: () => Promise<Uint8Array>) => Promise<Uint8Array>;
}

/** The result of a training: tensors in named trees, which the caller frees. */
export interface TrainingOutcome {
  /** The trees by the names in {@linkcode NetworkKind.trees}. */
  readonly trees: Readonly<Record<string, Parameters>>;
  /** The history of the training. */
  readonly history: readonly HistoryEntry[];
}

/** Specs of needed networks, by names that the kind chooses. */
export type Needed = Readonly<Record<string, TrainedSpec>>;

/** A kind of trained networks: how one is named, trained, stored and turned into a function. */
export interface NetworkKind<Spec extends TrainedSpec = TrainedSpec, Needs extends Needed = Needed> {
  /** The name of the kind, which is the `kind` of its specs. */
  readonly name: Spec["kind"];
  /** The fields that a spec must have beside `kind` and `seed`. Default: none. */
  readonly required?: readonly string[];
  /** One or two words for the id of a spec: `resnet18`, `gcln-q10`. */
  word(spec: Spec): string;
  /** The name of the data set that it is trained on. */
  dataset(spec: Spec): string;
  /** The specs of other networks that its training needs. Default: none. */
  needs?(spec: Spec): Needs;
  /** The names of its trees of tensors in the result of the training and in files, `parameters` first. */
  readonly trees: readonly string[];
  /** Trains it. */
  train(spec: Spec, run: TrainingRun<Needs>): Promise<TrainingOutcome>;
  /**
   * Makes the network that a caller gets from its trees. `trained` adds the trees, `spec`, `id`, `source` and `history`, and
   * frees the trees. If this function makes other tensors, it returns a `dispose` that frees those.
   */
  build(spec: Spec, trees: Readonly<Record<string, Parameters>>): object;
  /**
   * For a user's kind a digest of its code, which is part of the ids of its networks. Default: a digest of the text of
   * `train` and `build`.
   */
  readonly code?: string;
}

const kinds = registry<NetworkKind>("kind of network");

const facts: Settings = {
  name: text(),
  required: list(text()),
  word: callable(),
  dataset: callable(),
  needs: callable(),
  trees: list(text(), { least: 1 }),
  train: callable(),
  build: callable(),
  code: text(),
};

/**
 * Registers a kind of trained networks, so that {@linkcode trained} can find, train and store its networks.
 *
 * @param kind The kind.
 * @returns The kind with the digest of its code.
 * @throws {RangeError} If a field is missing or not allowed, or the name belongs to the kit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { defineNetworkKind, trained, type TrainedSpec } from "@gcln/kit/training";
 *
 * await useBackend();
 * // The mean image of a data set, as a "network" without input.
 * interface MeanSpec extends TrainedSpec<() => tf.Tensor> {
 *   readonly kind: "mean image";
 *   readonly data: "street-digits";
 * }
 * defineNetworkKind<MeanSpec>({
 *   name: "mean image",
 *   word: () => "mean",
 *   dataset: ({ data }) => data,
 *   trees: ["parameters"],
 *   train(_, { data }) {
 *     const parameters = { mean: tf.tidy(() => data.take(100).all().images.mean(0)) };
 *     return Promise.resolve({ trees: { parameters }, history: [] });
 *   },
 *   build: (_, { parameters }) => () => parameters!.mean!,
 *   code: "1",
 * });
 * const folder = await Deno.makeTempDir(), spec: MeanSpec = { kind: "mean image", data: "street-digits", seed: 1 };
 * const mean = await trained(spec, { folder });
 * assertEquals(mean().shape, [32, 32, 3]);
 * mean.dispose();
 * assertEquals((await trained(spec, { folder })).source, "cache");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function defineNetworkKind<Spec extends TrainedSpec, Needs extends Needed = Needed>(
  kind: NetworkKind<Spec, Needs>,
): NetworkKind<Spec, Needs> {
  checkSettings("defineNetworkKind", facts, kind, ["name", "word", "dataset", "trees", "train", "build"]);
  const known = kinds.isClosed()
    ? { ...kind, code: kind.code ?? codeDigest([kind.train, kind.build]) }
    : kind;
  kinds.add(known as unknown as NetworkKind);
  return known;
}

/** Ends the list of the kit's own kinds: users can't use their names. */
export function closeNetworkKinds(): void {
  kinds.close();
}

/** JSON writes null for nothing. */
function isAbsent(field: unknown): boolean {
  return field === undefined || field === null;
}

/** The kind of a spec. Throws an error with the nearest name if it is not known. */
export function kindOf(spec: TrainedSpec): NetworkKind {
  if (typeof spec !== "object" || spec === null || typeof spec.kind !== "string") {
    throw new TypeError(`Cannot find the network of ${valueText(spec)}: a spec with a kind is wanted`);
  }
  const { kind } = spec;
  if (kinds.has(kind)) {
    const found = kinds.named(kind), { required = [] } = found;
    const missing = required.find((name) => isAbsent((spec as unknown as Record<string, unknown>)[name]));
    if (missing === undefined) return found;
    throw new TypeError(
      `Cannot find the network of ${valueText(spec)}: a spec of a ${kind} needs ${
        required.join(", ")
      }; ${missing} is missing`,
    );
  }
  const names = kinds.all().map(({ name }) => name), meant = guess(kind, names);
  throw new RangeError(
    `No kind of network is called ${JSON.stringify(kind)}${meant || "."} There are ${names.join(", ")}. ` +
      "One of your own is known once the file that defines it is imported",
  );
}
