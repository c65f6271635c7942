import { checkSettings, object, type Setting, type Settings, size, word } from "../kinds/mod.ts";
import type { AttackSpec, IteratedSpec } from "../attacks/mod.ts";
import { checkDrawnEpsilon, type DrawnEpsilon } from "./drawn_epsilon.ts";

const number: Setting = { wanted: "a number", accepts: (value) => typeof value === "number" };

/** Attacks whose step depends on the current images only, so that one compiled graph runs all steps. */
export type AdversaryAttack = Extract<
  IteratedSpec,
  { readonly attack: "fgs" | "bim" | "pgd" | "momentum" }
>;

/**
 * The inner maximisation of adversarial training (Madry et al. 2018, Eq. 2.1), as data: the attack on each batch, under the
 * current parameters, before the training step on that batch.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import type { Adversary } from "@gcln/kit/training";
 *
 * // Madry et al.'s attack on CIFAR-10; M-PGD of Kannan et al. is the same with `clean: 0.5`.
 * const madry: Adversary = {
 *   attack: { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 7, start: "random" },
 * };
 * assertEquals(JSON.parse(JSON.stringify(madry)), madry);
 * ```
 */
export interface Adversary {
  /** The attack. */
  readonly attack: AdversaryAttack;
  /**
   * The statistics of batch norms while the network is attacked: the running ones, as at test time, or those of the
   * attacked batch.
   *
   * Madry et al.'s published code uses the batch's. They call that a matter of convenience (MadryLab/cifar10_challenge,
   * issue 22), and saw little difference in later runs with the running ones. The running ones are faster here, since a
   * batch norm is then part of its convolution, and they are those that an attacker meets at test time.
   *
   * @default {"running"}
   */
  readonly batchNorms?: "running" | "batch";
  /**
   * The weight of the loss on the clean images; the loss on the attacked images has weight 1 − clean. At least 0 (train on
   * attacked images only) and less than 1.
   *
   * @default {0}
   */
  readonly clean?: number;
  /**
   * The share of the steps, from the first, that train on clean images only. At least 0 and less than 1.
   *
   * @default {0}
   */
  readonly after?: number;
  /**
   * An ε that is drawn anew, at most that of the attack's ball. An attack of several steps then takes as many as the ε of the
   * batch asks for, ⌊min(k + 4, 1.25 k)⌋ where ε is k steps, and at most its own.
   *
   * Default: the ball's ε, always.
   */
  readonly epsilon?: DrawnEpsilon;
  /**
   * Towards which class images are attacked: the one that the network takes for the least likely (Kurakin et al. 2017), so that
   * no label leaks. Default: away from the label.
   */
  readonly towards?: "least likely";
  /**
   * How clean and attacked images pass the network where it is trained on both:
   *
   * - `"apart"`: each image is there in both forms, and batch norms take the statistics of each form apart.
   * - `"together"`: each image is there in both forms, in one pass.
   * - `"halves"`: the first half of the batch is clean, the other half attacked, in one pass (Kurakin et al. 2017).
   *
   * @default {"apart"}
   */
  readonly mixing?: "apart" | "together" | "halves";
  /** Pulls the logits of an image's two forms together, see {@linkcode logitDistance}. Default: not at all. */
  readonly pairing?: {
    /** What the mean squared difference of the logits weighs in the loss. */
    readonly weight: number;
    /** Which of them are pulled. Default `"both"`. */
    readonly moves?: "both" | "attacked";
  };
  /**
   * β of TRADES (Zhang et al. 2019): the loss is the cross-entropy of the clean images plus β times the {@linkcode divergence}
   * of the attacked images' answers from the clean ones', which is also what the attack climbs. `clean` then has no meaning.
   */
  readonly divergence?: number;
}

/** Whether an attack is one that {@linkcode AdversaryAttack} names, from one start. */
export function isAdversaryAttack(spec: AttackSpec): spec is AdversaryAttack {
  const { restarts = 1 } = spec as { readonly restarts?: number };
  return ["fgs", "bim", "pgd", "momentum"].includes(spec.attack) && restarts === 1;
}

const adversarySettings: Settings = {
  attack: object('an attack such as { attack: "pgd", ball, stepSize, steps }'),
  batchNorms: word(["running", "batch"], { default: "running" }),
  clean: number,
  after: number,
  epsilon: object('{ deviation, for: "batch" }'),
  towards: word(["least likely"]),
  mixing: word(["apart", "together", "halves"], { default: "apart" }),
  pairing: object("{ weight, moves }"),
  divergence: size({ above: 0 }),
};

const pairingSettings: Settings = { weight: size({ above: 0 }), moves: word(["both", "attacked"]) };

/** Throws if a setting of an adversary is not allowed. */
export function checkAdversary(adversary: Adversary): void {
  checkSettings("an adversary", adversarySettings, adversary, ["attack"]);
  const { attack, clean = 0, after = 0 } = adversary;
  for (const [name, share] of Object.entries({ clean, after })) {
    if (!(share >= 0 && share < 1)) {
      throw new RangeError(`Cannot train adversarially with ${name} ${share}: a number in [0, 1) is wanted`);
    }
  }
  checkParts(adversary);
  const { restarts = 1 } = attack as { readonly restarts?: number };
  if (restarts !== 1) {
    throw new RangeError(
      `Cannot train on the strongest of ${restarts} restarts: one start a batch is wanted`,
    );
  }
}

/** Throws if the parts of an adversary do not fit each other. */
function checkParts({ clean = 0, epsilon, towards, mixing = "apart", pairing, divergence }: Adversary): void {
  const wrong = (what: string) => new RangeError(`Cannot train adversarially with ${what}`);
  if (epsilon) checkDrawnEpsilon(epsilon);
  if (pairing) checkSettings("logit pairing", pairingSettings, pairing, ["weight"]);
  if (divergence !== undefined) {
    const other = Object.entries({ clean: clean || undefined, towards, pairing }).find(([, value]) => value);
    if (other) throw wrong(`a divergence and ${other[0]}: one of them is wanted`);
    if (mixing === "halves") throw wrong("a divergence of halves: images in both forms are wanted");
    return;
  }
  if (clean === 0 && (pairing || mixing !== "apart")) {
    throw wrong(
      `${pairing ? "logit pairing" : `mixing ${mixing}`} and no clean images: clean above 0 is wanted`,
    );
  }
  if (pairing && mixing === "halves") {
    throw wrong("logit pairing of halves: images in both forms are wanted");
  }
}
