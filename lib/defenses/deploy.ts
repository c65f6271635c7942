import type { Victim } from "../judge/mod.ts";
import type { Owner } from "../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  type Frozen,
  frozen,
  type Precision,
  uncounted,
} from "../tensor/mod.ts";
import {
  type TrainedNetwork,
  type TrainedOptions,
  type TrainedSpec,
  trainingImages,
  withNeeded,
} from "../training/mod.ts";
import { defenseOf, type DefenseRow } from "./defense.ts";
import { type NetworkStore, networkStore } from "./network_store.ts";
import type { Circumstances } from "./profile.ts";
import { type LateSurrogate, RANDOM_DRAWS, type Stand } from "./stand.ts";
import { hasOnlySubstitute, substituteSpec } from "./substitute.ts";

/** A defense with its networks, ready to be attacked. */
export interface Deployment extends Owner {
  /** The defense, as data. */
  readonly row: DefenseRow;
  /** What is scored. */
  readonly victim: Frozen & Victim;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** The names of the networks in play: what a kept measurement depends on. */
  readonly networks: readonly string[];
  /** Whether an attacker of this threat model has anything to differentiate. */
  faces(threat: string): boolean;
  /**
   * What an attacker of this threat model differentiates; made when it is first asked for.
   *
   * @throws {RangeError} Where the defense does not face it.
   */
  surrogate(threat: string): Promise<Classifier>;
  /** The names of the networks that an attacker of this threat model has beside those of the defense. */
  attackersNetworks(threat: string): Promise<readonly string[]>;
  /** What a surrogate that takes time to make depends on beside the networks; `undefined` of any other. */
  surrogateSettings(threat: string): Readonly<Record<string, number | string>> | undefined;
  /** Surrogates that no other defense shares, as far as they were asked for. */
  readonly ownSurrogates: readonly Classifier[];
}

/** Fields of {@linkcode deploy}. */
export interface DeployOptions {
  /** How networks are found or trained. */
  readonly training?: TrainedOptions;
  /** Where networks are taken from, which then live as long as these. Default: the defense's own. */
  readonly networks?: NetworkStore;
  /** What attackers compute in while they search; the victim is always in float32. Default `"float32"`. */
  readonly search?: Precision;
}

/**
 * Finds or trains the networks of a defense, and makes it ready to be attacked: a victim, and a surrogate for each threat
 * model.
 *
 * A defense that draws random numbers is scored by the mean of 8 passes, and attacked through the mean of 8 others (EOT).
 *
 * @param row The defense: a row of a table.
 * @param circumstances How large, on which data, from which seed.
 * @returns What is scored and what is differentiated. It holds its graphs, and the networks where they are its own, until
 * `dispose`.
 * @throws {RangeError} Where the defense or one of its settings is not known.
 *
 * @example Usage
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { deploy, gcln } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
 * const defense = await deploy(gcln({ q: 10, features: "classifier" }), circumstances);
 * const { images } = (await streetDigits("test", { size: 2 })).all();
 * assertEquals(defense.victim(images).shape, [2, 10]);
 * assert(defense.faces("straight-through") && defense.faces("oblivious"));
 * defense.dispose();
 * ```
 */
export async function deploy(
  row: DefenseRow,
  { profile, dataset, seed }: Circumstances,
  options: DeployOptions = {},
): Promise<Deployment> {
  const { training = {}, search = "float32" } = options, defense = defenseOf(row);
  const circumstances = { profile, dataset, seed }, held: Owner[] = [];
  const hold = <T extends Owner>(owner: T): T => (held.push(owner), owner);
  const dispose = () => held.splice(0).toReversed().forEach((owner) => owner.dispose());
  const store = options.networks ?? hold(networkStore());
  const graphs = new Map<Classifier, Frozen>(), own = new Set<Classifier>();

  /** A function as a graph: a network that others have too is the same graph for all. */
  function graphOf(classifier: Classifier): Frozen {
    const shared = store.frozen(classifier);
    if (shared !== undefined) return shared;
    const graph = graphs.get(classifier) ?? hold(frozen(classifier));
    graphs.set(classifier, graph);
    own.add(graph);
    return graph;
  }

  /** The same, in the precision that attackers search in. */
  function searchedIn(classifier: Classifier): Classifier {
    if (search === "float32") return graphOf(classifier);
    const shared = store.frozen(classifier, search);
    if (shared !== undefined) return shared;
    const graph = lowered.get(classifier) ??
      hold(frozen(uncounted(graphOf(classifier)), { precision: search }));
    lowered.set(classifier, graph);
    own.add(graph);
    return graph;
  }
  const lowered = new Map<Classifier, Frozen>();

  try {
    const networks: Record<string, TrainedNetwork> = {};
    for (const [name, spec] of Object.entries(defense.needs(row, circumstances))) {
      networks[name] = await store.load(spec, training);
    }
    const stand = await defense.stand(networks, row, circumstances);
    const isSmooth = !defense.traits.includes("non-differentiable");
    const surrogates: NonNullable<Stand["surrogates"]> = {
      "white-box": stand.victim,
      "adaptive": stand.victim,
      ...(isSmooth ? { "straight-through": stand.victim } : {}),
      ...stand.surrogates,
    };
    const late = new Map<string, Promise<Classifier>>();
    const makeLate = async (surrogate: LateSurrogate): Promise<Classifier> => {
      const { progress, signal } = training;
      const made = await surrogate.make({
        data: () => trainingImages(dataset),
        ...(progress ? { progress } : {}),
        ...(signal ? { signal } : {}),
      });
      const { dispose: release } = made;
      if (release) hold({ dispose: () => release.call(made) });
      return made;
    };
    const substitute = () => store.load(substituteSpec(profile, dataset, seed), training);
    const mean = defense.traits.includes("randomised") ? ` (mean of ${RANDOM_DRAWS})` : "";
    const { rejects } = stand.victim, victim = graphOf(stand.victim);
    return {
      row,
      victim: rejects ? Object.assign(victim, { rejects }) : victim,
      ...(stand.cleaner ? { cleaner: stand.cleaner } : {}),
      networks: Object.values(networks).map((network) => `${nameOf(network)}${mean}`),
      faces: (threat) => hasOnlySubstitute(threat) || Object.hasOwn(surrogates, threat),
      async surrogate(threat) {
        if (hasOnlySubstitute(threat)) return searchedIn(await substitute());
        const surrogate = surrogates[threat];
        if (surrogate === undefined) {
          const known = Object.keys(surrogates).join(", ");
          throw new RangeError(
            `Cannot attack ${row.defense} as ${JSON.stringify(threat)}: it faces ${known}`,
          );
        }
        if (typeof surrogate === "function") return searchedIn(surrogate);
        if (!late.has(threat)) late.set(threat, makeLate(surrogate));
        return searchedIn(await late.get(threat)!);
      },
      attackersNetworks: async (threat) => hasOnlySubstitute(threat) ? [nameOf(await substitute())] : [],
      surrogateSettings(threat) {
        const surrogate = surrogates[threat];
        return surrogate === undefined || typeof surrogate === "function" ? undefined : surrogate.settings;
      },
      get ownSurrogates() {
        return [...own];
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** A network's name, and whether it is the shipped one, whose weights are rounded to float16. */
function nameOf({ id, source }: TrainedNetwork): string {
  return source === "shipped" ? `${id} (shipped)` : id;
}

/**
 * The specs of the networks that a defense and its attackers need, those first that others are made from.
 *
 * @param row The defense.
 * @param circumstances How large, on which data, from which seed.
 * @param threats The threat models that there will be. Default: none that needs a network of its own.
 */
export function specsOf(
  row: DefenseRow,
  { profile, dataset, seed }: Circumstances,
  { threats = [] }: { readonly threats?: readonly string[] } = {},
): readonly TrainedSpec[] {
  const needed = Object.values(defenseOf(row).needs(row, { profile, dataset, seed }));
  const substitute = threats.some(hasOnlySubstitute) ? [substituteSpec(profile, dataset, seed)] : [];
  return [...needed, ...substitute].flatMap(withNeeded);
}
