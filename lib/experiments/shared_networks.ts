import type { Owner } from "../networks/mod.ts";
import { type Classifier, type Frozen, frozen, type Precision } from "../tensor/mod.ts";
import {
  type ClassifierSpec,
  idOf,
  trained,
  type TrainedBy,
  type TrainedClassifier,
  type TrainedOptions,
  type TrainedSpec,
} from "../training/mod.ts";

/** A network, and the same as attackers and evaluators take it. */
export interface SharedNetwork {
  /** The network. */
  readonly classifier: TrainedClassifier;
  /** With the graphs made of it. */
  readonly frozen: Frozen;
}

/**
 * Networks that several rows or curves of a run have in common. Each is loaded once; the graphs of those that attackers
 * and evaluators take as they are (the classifier that is defended, the substitute) are made once, too.
 */
export interface SharedNetworks extends Owner {
  /** Finds or trains a network when it is first asked for; the same one for the same spec. */
  load<Spec extends TrainedSpec>(spec: Spec, training: TrainedOptions): Promise<TrainedBy<Spec>>;
  /** The same for a classifier, with its graphs. */
  get(spec: ClassifierSpec, training: TrainedOptions): Promise<SharedNetwork>;
  /** Whether a classifier is one of these, with its graphs. */
  has(classifier: Classifier): boolean;
  /** One of these in another precision, the same one each time; `undefined` for any other classifier. */
  searched(classifier: Classifier, precision: Precision): Frozen | undefined;
}

/**
 * An empty store of {@linkcode SharedNetworks}. `dispose` frees all of them.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { classifierSpec, profiles, sharedNetworks } from "@gcln/kit/experiments";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const networks = sharedNetworks(), spec = classifierSpec(profiles.quick, "street-digits", 1);
 * const { frozen } = await networks.get(spec, {});
 * assert((await networks.get(spec, {})).frozen === frozen && networks.has(frozen));
 * networks.dispose();
 * ```
 */
export function sharedNetworks(): SharedNetworks {
  const loaded = new Map<string, TrainedBy<TrainedSpec>>();
  const held = new Map<string, SharedNetwork>(), lowered = new Map<string, Frozen>();
  const entryOf = (classifier: Classifier) => [...held].find(([, { frozen }]) => frozen === classifier);
  async function load<Spec extends TrainedSpec>(
    spec: Spec,
    training: TrainedOptions,
  ): Promise<TrainedBy<Spec>> {
    const id = await idOf(spec), found = loaded.get(id) ?? await trained<TrainedSpec>(spec, training);
    loaded.set(id, found);
    return found as TrainedBy<Spec>; // the id is the spec's hash
  }
  return {
    load,
    async get(spec, training) {
      const id = await idOf(spec), known = held.get(id);
      if (known !== undefined) return known;
      const classifier = await load(spec, training), network = { classifier, frozen: frozen(classifier) };
      held.set(id, network);
      return network;
    },
    has: (classifier) =>
      entryOf(classifier) !== undefined || [...lowered.values()].some((frozen) => frozen === classifier),
    searched(classifier, precision) {
      const entry = entryOf(classifier);
      if (entry === undefined) return undefined;
      const [id, network] = entry, name = `${id} in ${precision}`;
      const made = lowered.get(name) ?? frozen(network.classifier, { precision });
      lowered.set(name, made);
      return made;
    },
    dispose() {
      for (const frozen of lowered.values()) frozen.dispose();
      lowered.clear();
      for (const { frozen } of held.values()) frozen.dispose();
      held.clear();
      for (const network of loaded.values()) network.dispose();
      loaded.clear();
    },
  };
}
