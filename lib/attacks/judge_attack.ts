import { judge, type Judgement, type Victim } from "../judge/mod.ts";
import type { Batch, Images, Labels } from "../tensor/mod.ts";
import { type AnyBall, contains } from "./steps/ball.ts";

/** What an attack has made of a batch. */
export interface AttackResult {
  /** The attacked images, `[n, h, w, c]`. */
  readonly images: Images;
  /** Where they have to lie. Default: anywhere in [0, 1]. */
  readonly ball?: AnyBall | undefined;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels | undefined;
  /** How many images are asked about, from the first; the others are padding. Default: all. */
  readonly count?: number | undefined;
}

/**
 * Has the judge say which attacked images have fallen: only those in their ball, told exactly, can.
 *
 * @param victim What had to be fooled.
 * @param batch The images as they were, and their true classes.
 * @param result What the attack has made of them.
 * @returns One verdict for each image, and what makes the numbers doubtful. Reads back.
 */
export async function judgeAttack(
  victim: Victim,
  batch: Batch,
  { images, ball, targets, count = batch.images.shape[0] }: AttackResult,
): Promise<Judgement> {
  const allowed = ball && await contains(ball, batch.images, images);
  return await judge(victim, batch, { images, allowed, targets }, { count });
}
