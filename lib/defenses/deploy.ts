import type { Owner } from "../networks/mod.ts";
import { selective } from "../attacks/mod.ts";
import { type Classifier, type Images, leavingResult, type Precision, type tf } from "../tensor/mod.ts";
import {
  isTrained,
  type TrainedNetwork,
  type TrainedOptions,
  type TrainedSpec,
  trainingImages,
  withNeeded,
} from "../training/mod.ts";
import { checkedNeeds, checkedStand } from "./_check_stand.ts";
import { type Defense, defenseOf, type DefenseRow } from "./defense.ts";
import type { Deployment } from "./deployment.ts";
import { type DefenseGraphs, graphsIn } from "./graphs.ts";
import { type NetworkStore, networkStore } from "./network_store.ts";
import type { Circumstances } from "./profile.ts";
import { type LateSurrogate, RANDOM_DRAWS, type Stand } from "./stand.ts";
import { hasOnlySubstitute, substituteSpec } from "./substitute.ts";

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
 * @throws {RangeError} Where the defense or one of its settings is not known, or its traits do not fit how it stands.
 * @throws {TypeError} Where what its `needs` or its `stand` returned is not whole.
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
 * const defense = await deploy(gcln({ q: 10 / 255, features: "classifier" }), circumstances);
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
  const store = options.networks ?? hold(networkStore()), graphs = hold(graphsIn(store, search));
  try {
    const networks: Record<string, TrainedNetwork> = {};
    for (
      const [name, spec] of Object.entries(checkedNeeds(defense.name, defense.needs(row, circumstances)))
    ) {
      networks[name] = await store.load(spec, training);
    }
    const stand = checkedStand(defense, await defense.stand(networks, row, circumstances));
    if (stand.dispose) hold({ dispose: stand.dispose });
    const surrogates = surrogatesOf(stand, defense);
    const made = new Map<string, Promise<Classifier>>();
    const substitute = () => store.load(substituteSpec(profile, dataset, seed), training);
    const mean = defense.traits.includes("randomised") ? ` (mean of ${RANDOM_DRAWS})` : "";
    const { rejects, score } = stand.victim, { cleaner } = stand;
    // What refuses images is a function of its own: another defense may have the same network without that.
    const victim = graphs.scored(rejects ? (images) => stand.victim(images) : stand.victim);
    return {
      row,
      victim: rejects
        ? Object.assign(victim, {
          rejects: leaving(rejects),
          ...(score ? { score: leaving(score) } : {}),
        })
        : victim,
      ...(cleaner ? { cleaner: leaving(cleaner) } : {}),
      networks: Object.values(networks).map((network) => `${nameOf(network)}${mean}`),
      faces: (threat) => hasOnlySubstitute(threat) || Object.hasOwn(surrogates, threat),
      async surrogate(threat) {
        if (hasOnlySubstitute(threat)) return graphs.searched(await substitute());
        const surrogate = surrogates[threat];
        if (surrogate === undefined) {
          const known = Object.keys(surrogates).join(", ");
          throw new RangeError(
            `Cannot attack ${row.defense} as ${JSON.stringify(threat)}: it faces ${known}`,
          );
        }
        if (typeof surrogate === "function") return graphs.searched(surrogate);
        const making = made.get(threat) ?? makeNow(surrogate, dataset, training, hold);
        made.set(threat, making);
        return graphs.searched(await making);
      },
      otherSurrogates: (threat) => threat === "adaptive" ? othersIn(surrogates, stand.victim, graphs) : {},
      attackersNetworks: async (threat) => hasOnlySubstitute(threat) ? [nameOf(await substitute())] : [],
      surrogateSettings(threat) {
        const surrogate = surrogates[threat];
        return surrogate === undefined || typeof surrogate === "function" ? undefined : surrogate.settings;
      },
      get ownSurrogates() {
        return graphs.own;
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * Whether all networks that a defense and its attackers stand on are there, shipped or in the cache: then {@linkcode deploy}
 * trains none.
 *
 * @param row The defense.
 * @param circumstances How large, on which data, from which seed.
 * @param options The threat models that there will be, and where networks are looked for.
 */
export async function isReady(
  row: DefenseRow,
  { profile, dataset, seed }: Circumstances,
  { threats = [], training = {} }: {
    readonly threats?: readonly string[];
    readonly training?: TrainedOptions;
  } = {},
): Promise<boolean> {
  const defense = defenseOf(row), circumstances = { profile, dataset, seed };
  const needed = Object.values(checkedNeeds(defense.name, defense.needs(row, circumstances)));
  const substitute = threats.some(hasOnlySubstitute) ? [substituteSpec(profile, dataset, seed)] : [];
  const found = await Promise.all([...needed, ...substitute].map((spec) => isTrained(spec, training)));
  return found.every(Boolean);
}

/** What attackers differentiate, by their threat models. */
function surrogatesOf({ victim, surrogates }: Stand, { traits }: Defense): NonNullable<Stand["surrogates"]> {
  const adaptive = victim.score ? selective(victim) : victim;
  return {
    "white-box": victim,
    "adaptive": adaptive,
    ...(victim.score ? { "detector too": adaptive } : {}),
    ...(traits.includes("non-differentiable") ? {} : { "straight-through": victim }),
    ...surrogates,
  };
}

/** The surrogates of a stand beside its victim and what "adaptive" differentiates, each function once. */
function othersIn(
  { adaptive, ...surrogates }: NonNullable<Stand["surrogates"]>,
  victim: Classifier,
  graphs: DefenseGraphs,
): Record<string, Classifier> {
  const seen = new Set<unknown>([victim, adaptive]), others: Record<string, Classifier> = {};
  for (const [threat, surrogate] of Object.entries(surrogates)) {
    if (typeof surrogate !== "function" || seen.has(surrogate)) continue;
    seen.add(surrogate);
    others[threat] = graphs.searched(surrogate);
  }
  return others;
}

/** Makes a surrogate that takes time to make. */
async function makeNow(
  surrogate: LateSurrogate,
  dataset: string,
  { progress, signal }: TrainedOptions,
  hold: (owner: Owner) => void,
): Promise<Classifier> {
  const made = await surrogate.make({
    data: () => trainingImages(dataset),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  });
  const { dispose } = made;
  if (dispose) hold({ dispose: () => dispose.call(made) });
  return made;
}

/** A function of images. */
type OfImages<Result extends tf.Tensor> = (images: Images) => Result;

/** What `leaving` has made, so that a cleaner that defenses share is one function in each. */
const left = new WeakMap<OfImages<tf.Tensor>, OfImages<tf.Tensor>>();

/** The same function, whose calls leave nothing behind but what it returns. */
function leaving<Result extends tf.Tensor>(fn: OfImages<Result>): OfImages<Result> {
  const known = left.get(fn) as OfImages<Result> | undefined;
  if (known !== undefined) return known;
  const made: OfImages<Result> = (images) => leavingResult(() => fn(images));
  left.set(fn, made);
  return made;
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
  const defense = defenseOf(row), needs = defense.needs(row, { profile, dataset, seed });
  const needed = Object.values(checkedNeeds(defense.name, needs));
  const substitute = threats.some(hasOnlySubstitute) ? [substituteSpec(profile, dataset, seed)] : [];
  return [...needed, ...substitute].flatMap(withNeeded);
}
