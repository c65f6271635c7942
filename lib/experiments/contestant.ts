import { bpda } from "../attacks/mod.ts";
import { knownDataset } from "../data/mod.ts";
import { defend } from "../defenses/mod.ts";
import { generator, type Owner } from "../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  fold,
  type Frozen,
  frozen,
  type Images,
  type Precision,
  straightThrough,
  uncounted,
} from "../tensor/mod.ts";
import {
  backwardThrough,
  type BackwardThroughOptions,
  type TrainedNetwork,
  type TrainedSpec,
} from "../training/mod.ts";
import { adversarialSpec, classifierSpec, gclnSpec, parametricNoiseSpec, substituteSpec } from "./profile.ts";
import type { Setting } from "./setting.ts";
import type { MeasuredRow, ThreatModel } from "./table.ts";
import { type SharedNetwork, type SharedNetworks, sharedNetworks } from "./shared_networks.ts";
import { RANDOM_DRAWS } from "./traits.ts";

/** A surrogate that takes some time to make. */
export interface Learned {
  /** What it depends on beside the networks: for the keys of caches. */
  readonly settings: Readonly<Record<string, number>>;
  /** Makes it, when first asked for. */
  readonly surrogate: () => Promise<Classifier>;
}

/** A row of a table, ready to be attacked. */
export interface Contestant extends Owner {
  /** What defends. */
  readonly row: MeasuredRow;
  /** What is scored. */
  readonly victim: Frozen;
  /** What attackers differentiate, by what they know. Those that a row has no use for are absent. */
  readonly surrogates: Readonly<Partial<Record<ThreatModel, Classifier>>>;
  /** The surrogate of the threat model "learned"; absent where there is no cleaner to imitate. */
  readonly learned?: Learned;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** The networks in play: what a cached measurement depends on. */
  readonly networks: readonly string[];
  /** The network that black-box attackers have, where it was asked for. */
  readonly substitute?: string;
}

/** Fields of {@link contestant}. */
export interface ContestantOptions {
  /**
   * The threat models that there will be. Only "black-box" makes a difference: it needs a network that none of the
   * others does. Default: all but this one.
   */
  readonly threats?: readonly ThreatModel[];
  /** Where networks are taken from, which then live as long as these. Default: the row's own. */
  readonly networks?: SharedNetworks;
}

/**
 * Finds or trains the networks of a row, and makes a surrogate for each threat model.
 *
 * A defense that draws random numbers is scored by the mean of 8 passes, and attacked through the mean of 8 others (EOT).
 *
 * @param row What defends.
 * @param setting Of the run.
 * @returns The row's graphs, and the networks where they are its own, which it holds until `dispose`.
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
  setting: Setting,
  { threats = [], networks: shared }: ContestantOptions = {},
): Promise<Contestant> {
  const held: Owner[] = [];
  const hold = <T extends Owner>(owner: T): T => (held.push(owner), owner);
  const dispose = () => held.toReversed().forEach((owner) => owner.dispose());
  try {
    const networks = shared ?? hold(sharedNetworks());
    const { surrogates, learned, ...parts } = { row, ...await partsOf(row, setting, networks, hold) };
    const { profile, dataset, seed, training, search = "float32" } = setting;
    const others: { substitute?: string; "black-box"?: Classifier } = {};
    if (threats.includes("black-box")) {
      const substitute = await networks.get(substituteSpec(profile, dataset, seed), training);
      others.substitute = nameOf(substitute.classifier);
      others["black-box"] = substitute.frozen;
    }
    const searched = searchedIn(search, networks, hold), { substitute, ...outside } = others;
    return {
      ...parts,
      surrogates: Object.fromEntries(
        Object.entries({ ...surrogates, ...outside }).map((
          [threat, surrogate],
        ) => [threat, searched(surrogate)]),
      ),
      ...(learned
        ? { learned: { ...learned, surrogate: async () => searched(await learned.surrogate()) } }
        : {}),
      ...(substitute ? { substitute } : {}),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

type Hold = <T extends Owner>(owner: T) => T;
type Parts = Omit<Contestant, "row" | "dispose" | "substitute">;

/** Makes of a surrogate the one that attackers search with: the same, or one in another precision. */
function searchedIn(
  precision: Precision,
  networks: SharedNetworks,
  hold: Hold,
): (surrogate: Classifier) => Classifier {
  const made = new Map<Classifier, Classifier>();
  return (surrogate) => {
    if (precision === "float32") return surrogate;
    const known = networks.searched(surrogate, precision) ?? made.get(surrogate) ??
      hold(frozen(uncounted(surrogate), { precision }));
    made.set(surrogate, known);
    return known;
  };
}

/** A network's name, and whether it is the shipped one, whose weights are rounded to float16. */
function nameOf({ id, source }: TrainedNetwork<TrainedSpec>): string {
  return source === "shipped" ? `${id} (shipped)` : id;
}

async function partsOf(
  row: MeasuredRow,
  setting: Setting,
  networks: SharedNetworks,
  hold: Hold,
): Promise<Parts> {
  const { profile, dataset, seed, training } = setting;
  switch (row.defense) {
    case "none":
      return plain(await networks.get(classifierSpec(profile, dataset, seed), training));
    case "adversarial training":
      return plain(await networks.get(adversarialSpec(profile, dataset, seed), training));
    case "parametric noise": {
      const noisy = await networks.load(parametricNoiseSpec(profile, dataset, seed), training);
      const mean = (what: string) =>
        hold(frozen(noisy.mean({ draws: RANDOM_DRAWS, seed: fold(seed, "noise", what) })));
      const surrogate = mean("attack"); // not the draws that are scored
      return {
        victim: mean("score"),
        surrogates: { "white-box": surrogate, "bpda": surrogate, "adaptive": surrogate },
        networks: [`${nameOf(noisy)} (mean of ${RANDOM_DRAWS})`],
      };
    }
    case "gcln":
      return await cleaned(row, setting, networks, hold);
    default:
      return row satisfies never;
  }
}

/** A classifier that stands alone: whoever has full access has its exact gradient, which is everywhere. */
function plain({ classifier, frozen: victim }: SharedNetwork): Parts {
  return {
    victim,
    surrogates: { "white-box": victim, "bpda": victim, "adaptive": victim },
    networks: [nameOf(classifier)],
  };
}

/** A classifier behind the GCLN. */
async function cleaned(
  row: Extract<MeasuredRow, { readonly defense: "gcln" }>,
  { profile, dataset, seed, training }: Setting,
  networks: SharedNetworks,
  hold: Hold,
): Promise<Parts> {
  const { classifier, frozen: alone } = await networks.get(classifierSpec(profile, dataset, seed), training);
  const cleaner = await networks.load(gclnSpec(profile, dataset, row, seed), training);
  const behind = (cleaner: Cleaner) => hold(frozen(defend(classifier, cleaner)));
  const victim = behind(cleaner), through = behind(cleaner.with({ backward: "straight-through" }));
  const settings = {
    images: Math.max(64, Math.round(profile.gcln.images / 4)),
    batch: 64,
    width: profile.gcln.width,
    seed,
  };
  let learned: Promise<Classifier> | undefined;
  const learn = async () => {
    const { progress, signal } = training, { width, ...options } = settings;
    const data = await knownDataset(dataset)("train"), [, , channels] = data.shape;
    const substitute = hold(
      await backwardThrough(
        cleaner,
        data,
        {
          ...options,
          network: generator({ architecture: "generator", width, channels: channels as 1 | 3 }),
          ...(progress ? { progress: progress(`imitating ${cleaner.id}`) } : {}),
          ...(signal ? { signal } : {}),
        } satisfies BackwardThroughOptions,
      ),
    );
    return behind(bpda(cleaner, { backward: substitute }));
  };
  return {
    victim,
    surrogates: {
      "white-box": victim,
      "straight-through": through,
      "bpda": through,
      "clip too": behind(cleaner.with({ backward: "straight-through", clip: "straight-through" })),
      "identity": behind(straightThrough<Images>(cleaner)),
      "oblivious": alone,
      "adaptive": victim,
    },
    learned: { settings, surrogate: () => learned ??= learn() },
    cleaner,
    networks: [nameOf(classifier), nameOf(cleaner)],
  };
}

/**
 * The networks that a row needs, those first that others are made from.
 *
 * @param row What defends.
 * @param setting Of the run.
 * @param options The threat models that there will be.
 */
export function specsOf(
  row: MeasuredRow,
  { profile, dataset, seed }: Setting,
  { threats = [] }: ContestantOptions = {},
): TrainedSpec[] {
  const substitute = threats.includes("black-box") ? [substituteSpec(profile, dataset, seed)] : [];
  switch (row.defense) {
    case "none":
      return [classifierSpec(profile, dataset, seed), ...substitute];
    case "adversarial training":
      return [adversarialSpec(profile, dataset, seed), ...substitute];
    case "parametric noise":
      return [parametricNoiseSpec(profile, dataset, seed), ...substitute];
    case "gcln": {
      const spec = gclnSpec(profile, dataset, row, seed);
      return [spec.classifier, spec.features.of, spec, ...substitute];
    }
    default:
      return row satisfies never;
  }
}
