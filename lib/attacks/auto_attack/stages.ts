import { type Batch, type Classifier, fold, type Images, type Labels } from "../../tensor/mod.ts";
import { runActive } from "../active_set.ts";
import { apgdAttack } from "../apgd.ts";
import { apgdTargetedAttack } from "../apgd_targeted.ts";
import type { AttackLossName } from "../steps/attack_loss.ts";
import type { AutoAttackOptions } from "./options.ts";
import { eot, eotLoss, type Randomised } from "../eot.ts";
import { fab } from "../fab.ts";
import { fabTargeted } from "../fab_targeted.ts";
import { type Iterated, runStoppable } from "../steps/iterated.ts";
import { imagesOf } from "../steps/minimal.ts";
import { redrawn } from "../steps/redrawn.ts";
import { ballOf, type Shown, type Stage } from "../sequence.ts";
import { square } from "../square.ts";

/** What an attack of the sequence is told about the images that it is shown. */
interface About {
  readonly ball: ReturnType<typeof ballOf>;
  readonly targets?: Labels;
  readonly seed: number;
}

/** What stops an attack, where anything does. */
function listening({ signal }: Shown): Pick<Shown, "signal"> {
  return signal ? { signal } : {};
}

function aboutOf({ ball, seed = 0 }: AutoAttackOptions, attack: string, { rows, targets }: Shown): About {
  return {
    ball: ballOf(ball, rows),
    ...(targets ? { targets } : {}),
    seed: fold(seed, attack),
  };
}

/** The attacks of the versions standard and plus, for a victim that always says the same. */
export function steadyStages(
  victim: Classifier,
  options: AutoAttackOptions,
): Record<string, Stage> {
  const { version = "standard", surrogate = victim, targets, steps = 100, targetCount = 9, queries = 5000 } =
    options;
  const { restarts = version === "plus" ? 5 : 1 } = options;
  const gradual =
    (attack: string, restarts: number, make: (about: About) => Iterated): Stage => async (part, shown) => {
      const about = aboutOf(options, attack, shown);
      return (await runActive(make(about), surrogate, part, { ...shown, victim, restarts })).images;
    };
  const minimal =
    (attack: string, find: (part: Batch, about: About) => ReturnType<typeof fab>): Stage => (part, shown) =>
      imagesOf(find(part, { ...aboutOf(options, attack, shown), ...listening(shown) }));

  const apgd = (name: string, loss: AttackLossName): Stage =>
    gradual(name, restarts, (about) => apgdAttack({ ...about, steps, loss }));
  const apgdTargeted = gradual(
    "APGD-T",
    1,
    (about) =>
      targets
        ? apgdAttack({ ...about, steps, loss: "dlr" })
        : apgdTargetedAttack({ ...about, steps, targetCount, loss: "dlr" }),
  );
  const rest = { stop: "on success" } as const;
  const anyFab = minimal(
    "FAB",
    (part, about) => fab(surrogate, part, { ...about, ...rest, steps, restarts }),
  );
  const fabTowards = minimal(
    "FAB-T",
    (part, about) =>
      targets
        ? fab(surrogate, part, { ...about, ...rest, steps })
        : fabTargeted(surrogate, part, { ...about, ...rest, steps, targetCount }),
  );
  const squares: Stage = (part, shown) =>
    square(victim, part, { ...aboutOf(options, "Square", shown), queries, ...listening(shown) });

  switch (version) {
    case "standard":
      return {
        "APGD-CE": apgd("APGD-CE", "crossEntropy"),
        "APGD-T": apgdTargeted,
        "FAB-T": fabTowards,
        "Square": squares,
      };
    case "plus":
      return {
        "APGD-CE": apgd("APGD-CE", "crossEntropy"),
        "APGD-DLR": apgd("APGD-DLR", "dlr"),
        "FAB": anyFab,
        "Square": squares,
        "APGD-T": apgdTargeted,
        "FAB-T": fabTowards,
      };
    default:
      throw new RangeError(`Cannot run version ${version} of autoAttack: known are standard, plus, rand`);
  }
}

/** The attacks of the version rand: each step sees the mean over new draws. */
export function randomStages(victim: Randomised, options: AutoAttackOptions): Record<string, Stage> {
  const { steps = 100, draws = 20 } = options;
  const apgd = (name: string, loss: AttackLossName): Stage => (part, shown): Promise<Images> => {
    const about = aboutOf(options, name, shown);
    const attack = redrawn(
      apgdAttack({ ...about, steps, loss: eotLoss(loss) }),
      (_, seed) => eot(victim, { draws, seed }),
      { seed: about.seed },
    );
    return runStoppable(attack, (images) => victim(images, about.seed), part, listening(shown));
  };
  return { "APGD-CE": apgd("APGD-CE", "crossEntropy"), "APGD-DLR": apgd("APGD-DLR", "dlr") };
}
