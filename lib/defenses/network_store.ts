import type { Owner } from "../networks/mod.ts";
import { type Classifier, type Frozen, frozen, type Precision } from "../tensor/mod.ts";
import {
  idOf,
  trained,
  type TrainedBy,
  type TrainedNetwork,
  type TrainedOptions,
  type TrainedSpec,
} from "../training/mod.ts";

/**
 * The networks that several rows or curves of a run have in common. Each is loaded once; the graphs of those that attackers
 * and evaluators take as they are (the classifier that is defended, the substitute) are made once, too.
 */
export interface NetworkStore extends Owner {
  /** Finds or trains a network when it is first asked for; the same one for the same spec. */
  load<Spec extends TrainedSpec>(spec: Spec, training: TrainedOptions): Promise<TrainedBy<Spec>>;
  /** One of these as a frozen classifier, the same one each time; `undefined` for any other function. */
  frozen(classifier: Classifier, precision?: Precision): Frozen | undefined;
  /** All networks that have been loaded. */
  loaded(): readonly TrainedNetwork[];
  /** Whether a classifier is one of those that `frozen` has given. */
  has(classifier: Classifier): boolean;
}

/**
 * An empty store of networks. `dispose` frees all of them.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { classifierSpec, networkStore } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const networks = networkStore(), spec = classifierSpec(profiles.quick, "street-digits", 1);
 * const classifier = await networks.load(spec, {}), frozen = networks.frozen(classifier)!;
 * assert(await networks.load(spec, {}) === classifier && networks.has(frozen));
 * networks.dispose();
 * ```
 */
export function networkStore(): NetworkStore {
  const loaded = new Map<string, TrainedBy<TrainedSpec>>(), graphs = new Map<string, Frozen>();
  return {
    async load<Spec extends TrainedSpec>(spec: Spec, training: TrainedOptions) {
      const id = await idOf(spec), found = loaded.get(id) ?? await trained<TrainedSpec>(spec, training);
      loaded.set(id, found);
      return found as TrainedBy<Spec>; // the id is the spec's hash
    },
    frozen(classifier, precision = "float32") {
      const entry = [...loaded].find(([, network]) => network as unknown === classifier);
      if (entry === undefined) return undefined;
      const name = `${entry[0]} in ${precision}`,
        made = graphs.get(name) ?? frozen(classifier, { precision });
      graphs.set(name, made);
      return made;
    },
    loaded: () => [...loaded.values()],
    has: (classifier) => [...graphs.values()].some((frozen) => frozen === classifier),
    dispose() {
      for (const frozen of graphs.values()) frozen.dispose();
      graphs.clear();
      for (const network of loaded.values()) network.dispose();
      loaded.clear();
    },
  };
}
