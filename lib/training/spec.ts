import type { Owner } from "../networks/mod.ts";
import type { Parameters } from "../tensor/mod.ts";
import type { HistoryEntry } from "./history.ts";

/**
 * A trained network as data: enough to train it again. Its other fields are those of its kind, plain JSON. It is a
 * {@linkcode ClassifierSpec}, one of a defense's, or one of a kind that {@linkcode defineNetworkKind} has made known.
 */
export interface TrainedSpec<Made = unknown> {
  /** The name of the kind of network. */
  readonly kind: string;
  /** Fixes all that is random. */
  readonly seed: number;
  /** Never there: tells the type checker what {@linkcode trained} makes of the spec. */
  readonly "~made"?: Made;
}

/** What every trained network carries. */
export interface TrainedNetwork<Spec extends TrainedSpec = TrainedSpec> extends Owner {
  /** What it was made from. */
  readonly spec: Spec;
  /** The spec's name, with its hash: what caches go by. */
  readonly id: string;
  /** Where the weights were found, or that they were trained now. */
  readonly source: "shipped" | "cache" | "trained now";
  /** How its training went. */
  readonly history: readonly HistoryEntry[];
  /** Its weights and running statistics. */
  readonly parameters: Parameters;
}

/** The network that {@linkcode trained} makes of a spec. */
export type TrainedBy<Spec extends TrainedSpec> = Spec extends TrainedSpec<infer Made>
  ? TrainedNetwork<Spec> & Made
  : never;
