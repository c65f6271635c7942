import type { Owner } from "../networks/mod.ts";
import { type Classifier, type Frozen, frozen, type Precision, uncounted } from "../tensor/mod.ts";
import type { NetworkStore } from "./network_store.ts";

/** The functions of a defense as graphs: each is made once, and a network that others have too is the same graph for all. */
export interface DefenseGraphs extends Owner {
  /** What is scored, in float32. */
  scored(classifier: Classifier): Frozen;
  /** What is differentiated, in the precision that attackers search in. */
  searched(classifier: Classifier): Frozen;
  /** DefenseGraphs that no other defense shares. */
  readonly own: readonly Classifier[];
}

/** No graphs yet; those of the store's networks stay the store's. */
export function graphsIn(store: NetworkStore, search: Precision): DefenseGraphs {
  const scoredOnes = new Map<Classifier, Frozen>(), searchedOnes = new Map<Classifier, Frozen>();
  const all = () => [...scoredOnes.values(), ...searchedOnes.values()];
  function scored(classifier: Classifier): Frozen {
    const known = store.frozen(classifier) ?? scoredOnes.get(classifier);
    if (known !== undefined) return known;
    const graph = frozen(classifier);
    scoredOnes.set(classifier, graph);
    return graph;
  }
  return {
    scored,
    searched(classifier) {
      if (search === "float32") return scored(classifier);
      const known = store.frozen(classifier, search) ?? searchedOnes.get(classifier);
      if (known !== undefined) return known;
      const graph = frozen(uncounted(scored(classifier)), { precision: search });
      searchedOnes.set(classifier, graph);
      return graph;
    },
    get own() {
      return all();
    },
    dispose() {
      for (const graph of all().toReversed()) graph.dispose();
    },
  };
}
