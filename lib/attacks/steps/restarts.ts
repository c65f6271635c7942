import type { Batch, Classifier, Images, Labels } from "../../tensor/mod.ts";
import { type Iterated, run } from "./iterated.ts";
import { strongestOf } from "./strongest_of.ts";

/** Runs an attack from so many starts; of all results the strongest stays, image by image. */
export function runRestarts(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { restarts = 1, targets }: { readonly restarts?: number; readonly targets?: Labels },
): Images {
  if (restarts === 1) return run(attack, surrogate, batch);
  return strongestOf(
    surrogate,
    batch,
    { count: restarts, ...(targets ? { targets } : {}) },
    (restart) => run(attack, surrogate, batch, restart),
  );
}
