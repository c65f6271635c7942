import { type Classifier, counted, fold } from "../../tensor/mod.ts";
import type { AttackState, Iterated } from "./iterated.ts";

/** A surrogate of a defense that draws random numbers: as a function it always has the same ones. */
export interface Redrawable extends Classifier {
  /** The same with other random numbers; an attack by gradients asks for new ones in each step. */
  redraw?(seed: number): Classifier;
}

/**
 * An attack that sees a {@linkcode Redrawable} surrogate through fresh draws in each step, and any other as it is. It still
 * remembers nothing: a step's draws come from the seed and the step's number.
 *
 * @param attack The attack as a start and a step.
 * @param seed The attack's.
 */
export function withFreshDraws(attack: Iterated, seed = 0): Iterated {
  return {
    ...attack,
    step(surrogate: Redrawable, state: AttackState, index: number, ids?: readonly number[]): AttackState {
      const { redraw } = surrogate;
      const drawn = redraw ? counted(redraw(fold(seed, "redrawn", index))) : surrogate;
      return attack.step(drawn, state, index, ids);
    },
  };
}
