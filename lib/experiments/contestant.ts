import { defend } from "../defenses/mod.ts";
import type { Owner } from "../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  type Frozen,
  frozen,
  type Images,
  straightThrough,
} from "../tensor/mod.ts";
import { trained, type TrainedNetwork, type TrainedSpec } from "../training/mod.ts";
import { classifierSpec, gclnSpec } from "./profile.ts";
import type { Setting } from "./setting.ts";
import type { MeasuredRow, ThreatModel } from "./table.ts";

/** A row of a table, ready to be attacked. */
export interface Contestant extends Owner {
  /** What is scored. */
  readonly victim: Frozen;
  /** What attackers differentiate, by what they know. An undefended classifier has those of full access only. */
  readonly surrogates: Readonly<Partial<Record<ThreatModel, Classifier>>>;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** The networks in play: what a cached measurement depends on. */
  readonly networks: readonly string[];
}

function nameOf({ id, source }: TrainedNetwork<TrainedSpec>): string {
  return source === "shipped" ? `${id} (shipped)` : id; // rounded to float16
}

/**
 * Finds or trains the networks of a row, and makes a surrogate for each threat model.
 *
 * @param row What defends.
 * @param setting Of the run.
 * @returns The row's networks and graphs, which it holds until `dispose`.
 *
 * @example Usage
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { contestant, settingOf, table1 } from "@gcln/kit/experiments";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const row = { defense: "gcln", q: 10, features: "classifier" } as const;
 * const { victim, surrogates, dispose } = await contestant(row, settingOf(table1));
 * const { images } = (await streetDigits("test", { size: 2 })).all();
 * assertEquals(victim(images).shape, [2, 10]);
 * assert("straight-through" in surrogates && "oblivious" in surrogates);
 * dispose();
 * ```
 */
export async function contestant(
  row: MeasuredRow,
  { profile, dataset, seed, training }: Setting,
): Promise<Contestant> {
  const classifier = await trained(classifierSpec(profile, dataset, seed), training);
  const alone = frozen(classifier);
  const release = (...owners: Owner[]) => owners.forEach((owner) => owner.dispose());
  if (row.defense === "none") {
    return {
      victim: alone,
      surrogates: { "white-box": alone, "adaptive": alone },
      networks: [nameOf(classifier)],
      dispose: () => release(alone, classifier),
    };
  }
  const cleaner = await trained(gclnSpec(profile, dataset, row, seed), training);
  const victim = frozen(defend(classifier, cleaner));
  const surrogates = {
    "white-box": victim,
    "straight-through": frozen(defend(classifier, cleaner.with({ backward: "straight-through" }))),
    "clip too": frozen(
      defend(classifier, cleaner.with({ backward: "straight-through", clip: "straight-through" })),
    ),
    "identity": frozen(defend(classifier, straightThrough<Images>(cleaner))),
    "oblivious": alone,
    "adaptive": victim,
  };
  return {
    victim,
    surrogates,
    cleaner,
    networks: [nameOf(classifier), nameOf(cleaner)],
    dispose: () => release(...Object.values(surrogates), classifier, cleaner),
  };
}
