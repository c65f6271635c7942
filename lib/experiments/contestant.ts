import { defend } from "../defenses/mod.ts";
import {
  type Classifier,
  type Cleaner,
  type Frozen,
  frozen,
  type Images,
  straightThrough,
} from "../tensor/mod.ts";
import {
  type DatasetName,
  type Provenance,
  trained,
  type TrainedOptions,
  type TrainedSpec,
} from "../training/mod.ts";
import { classifierSpec, gclnSpec, type Profile } from "./profile.ts";
import type { Row, ThreatModel } from "./table.ts";

/** A row of a table, ready to be attacked. */
export interface Contestant {
  /** What is scored. */
  readonly victim: Frozen;
  /** What attackers differentiate, by what they know. An undefended classifier has one threat model only. */
  readonly surrogates: Readonly<Partial<Record<ThreatModel, Classifier>>>;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** The networks in play: what a cached measurement depends on. */
  readonly networks: readonly string[];
  /** Frees the compiled graphs. */
  dispose(): void;
}

function nameOf({ id, source }: Provenance<TrainedSpec>): string {
  return source === "shipped" ? `${id} (shipped)` : id;
}

/** Trains or finds the networks of a row, and makes a surrogate for each threat model. */
export async function contestant(
  row: Row,
  profile: Profile,
  data: DatasetName,
  seed: number,
  options: TrainedOptions,
): Promise<Contestant | undefined> {
  if (row.defense === "not measured yet") return undefined;
  const classifier = await trained(classifierSpec(profile, data, seed), options);
  const alone = frozen(classifier);
  if (row.defense === "none") {
    return {
      victim: alone,
      surrogates: { "white-box": alone },
      networks: [nameOf(classifier)],
      dispose: alone.dispose,
    };
  }
  const cleaner = await trained(gclnSpec(profile, data, row, seed), options);
  const victim = frozen(defend(classifier, cleaner));
  const surrogates = {
    "white-box": victim,
    "straight-through": frozen(defend(classifier, cleaner.with({ backward: "straight-through" }))),
    "clip too": frozen(
      defend(classifier, cleaner.with({ backward: "straight-through", clip: "straight-through" })),
    ),
    "identity": frozen(defend(classifier, straightThrough<Images>(cleaner))),
    "oblivious": alone,
  };
  return {
    victim,
    surrogates,
    cleaner,
    networks: [nameOf(classifier), nameOf(cleaner)],
    dispose: () => Object.values(surrogates).forEach((surrogate) => surrogate.dispose()),
  };
}
