import type { AttackSpec } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { callable, checkSettings, list, type Settings, size } from "../kinds/mod.ts";
import type { Faults, Victim } from "../judge/mod.ts";
import type { Classifier } from "../tensor/mod.ts";
import { checkSpec } from "./_arguments.ts";
import { differentiated } from "./_differentiated.ts";
import type { GradientShares } from "./gradient_shares.ts";
import { doubtful, lossFollowed, standingIn, uselessGradients } from "./robustness/survivors_gradients.ts";
import { robustness, type RobustnessOptions, robustnessSettings } from "./robustness.ts";
import type { Share } from "./share.ts";

/** Options of {@linkcode securityCurve}. */
export interface SecurityCurveOptions extends Omit<RobustnessOptions, "surrogates"> {
  /** The radii, rising, on the [0, 1] scale. */
  readonly epsilons: readonly number[];
  /** What the attacker differentiates. Default: the victim. */
  readonly surrogate?: Classifier;
}

/** A point of a security curve. */
export interface SecurityPoint extends Share {
  /** The radius. */
  readonly epsilon: number;
  /** Which images survive there. */
  readonly correct: readonly boolean[];
  /** What makes the number doubtful; absent where nothing does. */
  readonly faults?: Faults;
  /**
   * The shares of images that are right here while the attack had no gradient of use for them; absent where it had one for
   * each, or follows none.
   */
  readonly gradients?: GradientShares;
}

const { surrogates: _, ...shared } = robustnessSettings;
const SETTINGS: Settings = { ...shared, epsilons: list(size(), { least: 1 }), surrogate: callable() };

/**
 * The accuracy under an attack in larger and larger balls.
 *
 * With `shown: "survivors"` an image that has fallen in a ball is not shown again, since what fooled the victim lies in
 * every larger ball, too: the curve can't rise. With `"everyone"` each radius is attacked for itself. Then a curve that
 * rises, or does not come down to chance, shows that the attack fails.
 *
 * @param victim What is scored.
 * @param data The images.
 * @param spec The attack; its ball's norm counts, its radius does not. A step size is taken in proportion to the radius.
 * @param options The radii, and the rest as for `robustness`.
 * @returns A point for each radius, in their order.
 * @throws {RangeError} Where the radii do not rise, or an option is wrong.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { dataset } from "@gcln/kit/data";
 * import { securityCurve } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const victim = (images: Images) => images.reshape([-1, 2]) as Logits;
 * const pixels = Uint8Array.of(105, 100, 120, 100), labels = new Uint8Array(2);
 * const data = dataset({ name: "pairs", split: "test", classes: ["a", "b"], shape: [1, 1, 2], pixels, labels });
 * const epsilons = [1 / 255, 4 / 255, 16 / 255];
 * const curve = await securityCurve(victim, data, { attack: "fgs", ball: linf(0) }, { epsilons });
 * assertEquals(curve.map(({ accuracy }) => accuracy), [1, 0.5, 0]);
 * ```
 */
export async function securityCurve(
  victim: Victim,
  data: Dataset,
  spec: AttackSpec,
  options: SecurityCurveOptions,
): Promise<SecurityPoint[]> {
  checkSpec(spec);
  checkSettings("securityCurve", SETTINGS, options, ["epsilons"]);
  const { epsilons, surrogate, ...others } = options;
  if (epsilons.some((epsilon, i) => i > 0 && !(epsilon > epsilons[i - 1]!))) {
    throw new RangeError(`Cannot draw a curve over the radii ${epsilons.join(", ")}: they have to rise`);
  }
  const attacks = Object.fromEntries(epsilons.map((epsilon) => [`ε = ${epsilon}`, within(spec, epsilon)]));
  const surrogates = surrogate
    ? Object.fromEntries(Object.keys(attacks).map((name) => [name, surrogate]))
    : {};
  const { attacks: records, takenBy } = await robustness(victim, data, attacks, { ...others, surrogates });
  const names = Object.keys(attacks);
  const points = records.map(({ left, alone, faults }, i) => ({
    epsilon: epsilons[i]!,
    ...(faults ? { faults } : {}),
    ...alone ?? {
      ...left,
      correct: takenBy.map((by) => by === null || (by !== "clean" && names.indexOf(by) > i)),
    },
  }));
  const loss = lossFollowed(spec), differs = differentiated(victim, surrogate);
  const useless = await uselessGradients(
    {
      data,
      size: others.batch ?? 100,
      rows: standingIn(points.filter(({ epsilon }) => epsilon > 0)),
      signal: others.signal,
    },
    loss === undefined ? [] : [{ surrogate: differs, loss }],
  );
  // In a ball of radius 0 nothing can move, whatever its gradient.
  return points.map((point) =>
    point.epsilon === 0 ? point : { ...point, ...doubtful(useless, point.correct) }
  );
}

/**
 * The same attack in a ball of another radius, its step in proportion.
 *
 * @param spec The attack.
 * @param epsilon The radius, in the ball's norm.
 */
export function within(spec: AttackSpec, epsilon: number): AttackSpec {
  const ball = { ...spec.ball, epsilon };
  if (!("stepSize" in spec) || spec.stepSize === undefined || spec.ball.epsilon === 0) {
    return { ...spec, ball };
  }
  return { ...spec, ball, stepSize: (spec.stepSize as number) * epsilon / spec.ball.epsilon };
}
