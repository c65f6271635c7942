import {
  type AttackLoss,
  attackNamed,
  attackOf,
  attacks,
  type Ball,
  bim,
  type Iterated,
  iteratedBy,
  type IteratedSpec,
} from "../../attacks/mod.ts";
import { type Images, tf } from "../../tensor/mod.ts";

/** Makes an attack that can be followed step by step: `pgdAttack`, `apgdAttack`, or a function that calls one. */
export type AttackMaker = (options: AttackMakerOptions) => Iterated;

/** Options of an {@linkcode AttackMaker}. */
export interface AttackMakerOptions {
  /** Where to search. */
  readonly ball: Ball;
  /** Fixes what is random. */
  readonly seed: number;
  /** What to raise. */
  readonly loss: AttackLoss;
  /** How many steps there have to be; absent: the attack's own number. */
  readonly steps?: number;
  /** How far one has to go; absent: the attack's own length. */
  readonly stepSize?: number;
  /** Where it has to start; absent: where the attack does. */
  readonly start?: "original";
}

/** An attack by gradients that can be followed: its spec, or one's own. */
export type FollowedAttack =
  | IteratedSpec
  | { readonly attack: AttackMaker; readonly ball: Ball; readonly loss?: AttackLoss };

/** An attack as a start and a step. */
export interface FollowedIterated extends Iterated {
  /** A name for its step, where that depends on nothing but the state it is given. */
  readonly sameStep?: string;
}

/** The loss that an attack raises, as far as its spec says. */
export function lossOf({ loss = "crossEntropy" }: FollowedAttack): AttackLoss {
  return loss as AttackLoss;
}

function isOwn(spec: FollowedAttack): spec is Extract<FollowedAttack, { readonly attack: AttackMaker }> {
  return typeof spec.attack === "function";
}

/** The attack as a start and a step. */
export function followable(spec: FollowedAttack, seed: number): FollowedIterated {
  if (isOwn(spec)) return spec.attack({ ball: spec.ball, seed, loss: lossOf(spec) });
  const { asks, iterated, sameStep, code = "" } = attackOf(spec);
  if (asks !== "gradients" || iterated === undefined) {
    const others = attacks().filter(({ asks, iterated }) => asks === "gradients" && iterated !== undefined);
    throw new RangeError(
      `Cannot follow the gradients of ${spec.attack} step by step: those of ${
        others.map(({ name }) => name).join(", ")
      } can be`,
    );
  }
  const steps = iteratedBy(spec, { seed });
  return sameStep ? { ...steps, sameStep: `step of ${JSON.stringify(spec)} ${code}` } : steps;
}

/** How long an attack without bounds may go on, and into how many parts the ball's radius is cut. */
const STEPS = 100, PARTS = 50;

/**
 * The same attack in a ball that holds every image, with steps enough to get anywhere; a single step is repeated. It
 * starts at the image: a random start in such a ball is noise, which fools without any gradient.
 */
export function unconstrained(spec: FollowedAttack, images: Images, seed: number): FollowedIterated {
  const ball = { norm: spec.ball.norm, epsilon: reach(spec.ball, images) }, stepSize = ball.epsilon / PARTS;
  const far = { ball, stepSize, steps: STEPS, start: "original" } as const;
  if (isOwn(spec)) return spec.attack({ ...far, seed, loss: lossOf(spec) });
  const attack = attackOf(spec).oneStep ? bim.name : spec.attack, { settings } = attackNamed(attack);
  const known = Object.entries(far).filter(([setting]) => Object.hasOwn(settings, setting));
  return followable({ ...spec, ...Object.fromEntries(known), attack } as FollowedAttack, seed);
}

/** How far apart two images can be. */
function reach({ norm }: Ball, images: Images): number {
  const pixels = tf.util.sizeFromShape(images.shape.slice(1));
  return { linf: 1, l2: Math.sqrt(pixels), l1: pixels }[norm];
}
