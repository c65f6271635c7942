import type { Owner } from "../networks/mod.ts";
import type { Parameters } from "../tensor/mod.ts";
import type { HistoryEntry } from "./history.ts";
import type { TrainedOn } from "./trained_on.ts";

/**
 * A trained network as data: enough to train it again. Its other fields depend on its kind and are plain JSON. It is a
 * {@linkcode ClassifierSpec}, a spec of a defense's network, or a spec of a kind that {@linkcode defineNetworkKind} registered.
 */
export interface TrainedSpec<Made = unknown> {
  /** The name of the kind of network. */
  readonly kind: string;
  /** The seed of all random numbers. */
  readonly seed: number;
  /** Never present: tells the type checker the type of network that {@linkcode trained} makes of the spec. */
  readonly "~made"?: Made;
}

/** The fields that every trained network has. */
export interface TrainedNetwork<Spec extends TrainedSpec = TrainedSpec> extends Owner {
  /** Its spec. */
  readonly spec: Spec;
  /** The id of its spec, which names files in caches. */
  readonly id: string;
  /** Where its weights come from: shipped with the kit, from the cache, or trained now. */
  readonly source: "shipped" | "cache" | "trained now";
  /** The history of its training. */
  readonly history: readonly HistoryEntry[];
  /** On what it was trained; absent where its file does not tell. */
  readonly made?: TrainedOn;
  /** Its weights and running statistics. */
  readonly parameters: Parameters;
}

/** The network that {@linkcode trained} makes of a spec. */
export type TrainedBy<Spec extends TrainedSpec> = Spec extends TrainedSpec<infer Made>
  ? TrainedNetwork<Spec> & Made
  : never;
