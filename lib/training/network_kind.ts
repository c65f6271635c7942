import type { Dataset } from "../data/mod.ts";
import {
  callable,
  checkSettings,
  codeDigest,
  guess,
  list,
  registry,
  type Settings,
  shown,
  text,
} from "../kinds/mod.ts";
import type { Parameters, Progress } from "../tensor/mod.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import type { TrainedBy, TrainedSpec } from "./spec.ts";

/** What training is given beside its spec. */
export interface TrainingRun<Needs extends Readonly<Record<string, TrainedSpec>>> {
  /** The networks that it needs, by the names that its kind gives them. They are freed afterwards. */
  readonly networks: { readonly [Name in keyof Needs]: TrainedBy<Needs[Name]> };
  /** The training images of its data set, all of them. */
  readonly data: Dataset;
  /** The spec's seed. */
  readonly seed: number;
  /** Where the run keeps its checkpoint, so that it can go on after a stop. */
  readonly checkpoints: CheckpointStore;
  /** Gets the number of images seen so far. */
  readonly progress?: Progress;
  /** Makes a progress for a stretch of work beside the training itself, which has this label. */
  readonly progressOf?: (label: string) => Progress;
  /** Stops the run. */
  readonly signal?: AbortSignal;
  /**
   * Bytes that several networks have in common: from the cache, or made now and kept.
   *
   * @param name The file's, with all that the bytes depend on.
   * @param size How many there are: a file of another length is damaged, and made anew.
   * @param make Makes them.
   */
  readonly shared: (name: string, size: number, make: () => Promise<Uint8Array>) => Promise<Uint8Array>;
}

/** What comes out of training: tensors by the names of their trees, the caller's to free. */
export interface TrainingOutcome {
  /** By the names in {@linkcode NetworkKind.trees}. */
  readonly trees: Readonly<Record<string, Parameters>>;
  /** How it went. */
  readonly history: readonly HistoryEntry[];
}

/** Specs by names of a kind's own. */
export type Needed = Readonly<Record<string, TrainedSpec>>;

/** All that is to be known of a kind of trained networks: how one is named, trained, kept and made into a function. */
export interface NetworkKind<Spec extends TrainedSpec = TrainedSpec, Needs extends Needed = Needed> {
  /** What a spec's `kind` says. */
  readonly name: Spec["kind"];
  /** Names of what a spec has to say beside `kind` and `seed`. Default: nothing. */
  readonly required?: readonly string[];
  /** A word or two for a spec's name: `resnet18`, `gcln-q10`. */
  word(spec: Spec): string;
  /** The name of the data set that it is trained on. */
  dataset(spec: Spec): string;
  /** Other networks that its training needs. Default: none. */
  needs?(spec: Spec): Needs;
  /** The names of its trees of tensors, `parameters` the first: as training gives them and files hold them. */
  readonly trees: readonly string[];
  /** Trains it. */
  train(spec: Spec, run: TrainingRun<Needs>): Promise<TrainingOutcome>;
  /**
   * Makes of its trees what a caller gets: `trained` adds the trees, `spec`, `id`, `source` and `history`. The tensors stay
   * those of `trained`; what is made beside them is freed by a `dispose` here.
   */
  build(spec: Spec, trees: Readonly<Record<string, Parameters>>): object;
  /**
   * Of a kind that is not the kit's a digest of its code, which is a part of its networks' names. Default: one of the text of
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
 * Makes a kind of trained networks known, so that {@linkcode trained} finds, trains and keeps those of its specs.
 *
 * @param kind All that is to be known of it.
 * @returns The same, with the digest of its code.
 * @throws {RangeError} Where a fact is missing or does not fit, or the name is taken by the kit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 * import { defineNetworkKind, trained, type TrainedSpec } from "@gcln/kit/training";
 *
 * await useBackend();
 * // The mean image of a data set, as a "network" that looks at none.
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

/** Ends the list of the kit's own kinds: nobody else may take their names. */
export function closeNetworkKinds(): void {
  kinds.close();
}

/** The kind of a spec; an error that helps where it is not known. */
export function kindOf(spec: TrainedSpec): NetworkKind {
  if (typeof spec !== "object" || spec === null || typeof spec.kind !== "string") {
    throw new TypeError(`Cannot find the network of ${shown(spec)}: a spec with a kind is wanted`);
  }
  const { kind } = spec;
  if (kinds.has(kind)) {
    const found = kinds.named(kind), { required = [] } = found;
    const missing = required.find((name) => (spec as unknown as Record<string, unknown>)[name] === undefined);
    if (missing === undefined) return found;
    throw new TypeError(
      `Cannot find the network of ${shown(spec)}: a spec of a ${kind} needs ${
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
