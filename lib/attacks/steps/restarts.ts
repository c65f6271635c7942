import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { type Iterated, run, runStoppable } from "./iterated.ts";
import { strongestOf } from "./strongest_of.ts";

/** How often an attack starts, and where it is to go. */
export interface RestartsOptions {
  /** How many starts. Default 1. */
  readonly restarts?: number;
  /** The target classes, `[n]`. */
  readonly targets?: Labels;
}

/** Runs an attack from so many starts; of all results the strongest stays, image by image. */
export function runRestarts(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { restarts = 1, targets }: RestartsOptions,
): Images {
  if (restarts === 1) return run(attack, surrogate, batch);
  return strongestOf(
    surrogate,
    batch,
    { count: restarts, ...(targets ? { targets } : {}) },
    (restart) => run(attack, surrogate, batch, restart),
  );
}

/**
 * {@linkcode runRestarts} that can be stopped before each step.
 *
 * @throws {DOMException} `AbortError`, when the signal fires.
 */
export async function runRestartsStoppable(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { restarts = 1, targets, signal }: RestartsOptions & { readonly signal: AbortSignal },
): Promise<Images> {
  let best = await runStoppable(attack, surrogate, batch, { signal });
  for (let restart = 1; restart < restarts; restart++) {
    const both = [best];
    try {
      both.push(await runStoppable(attack, surrogate, batch, { restart, signal }));
      const given = { count: both.length, ...(targets ? { targets } : {}) };
      best = strongestOf(surrogate, batch, given, (index) => both[index]!.clone());
    } finally {
      tf.dispose(both);
    }
  }
  return best;
}
