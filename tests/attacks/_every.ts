/** Every attack with few steps, for tests of what holds for all of them. */
import { type AttackKind, attacks, type Norm } from "@gcln/kit/attacks";

/** Options that make an attack short, of those that it has. */
export function short({ settings, name }: AttackKind): Record<string, number> {
  const few: Record<string, number> = {
    ...{
      steps: name === "carliniWagner" ? 10 : 3,
      draws: name === "noise" ? 3 : 20,
      queries: 40,
      budget: 60,
    },
    ...{ samples: 4, targetCount: 2 },
  };
  return Object.fromEntries(Object.entries(few).filter(([setting]) => setting in settings));
}

/** The kit's attacks that work in a norm. */
export function attacksIn(norm: Norm): readonly AttackKind[] {
  return attacks().filter(({ norms, code }) => code === undefined && norms.includes(norm));
}
