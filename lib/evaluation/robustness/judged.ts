/** How images are shown to an attack, and what the judge says then. */
import {
  attackBy,
  type AttackSpec,
  checkBatch,
  contains,
  isIterated,
  type IteratedSpec,
  judgeAttack,
  runActiveBy,
} from "../../attacks/mod.ts";
import { judge, type Judgement, NO_FAULTS, type Victim } from "../../judge/mod.ts";
import { type Batch, type Classifier, isFrozen, tf } from "../../tensor/mod.ts";
import { type BatchLoop, inBatches, together } from "../_in_batches.ts";

/** What the judge says of the images as they are. */
export async function judgedClean(victim: Victim, loop: BatchLoop): Promise<Judgement> {
  return together(
    await inBatches({ ...loop, last: "filled up" }, async (batch, count) => {
      await checkBatch(batch, { classes: loop.data.classes.length });
      return await judge(victim, batch, undefined, { count });
    }),
  );
}

/** Who is attacked, and what fixes the draws. */
export interface AttackedBy {
  readonly victim: Victim;
  readonly surrogate: Classifier;
  readonly seed: number;
}

/** What the judge says of the images under an attack. Each image leaves when it has fallen. */
export async function judgedUnder(
  spec: AttackSpec,
  loop: BatchLoop,
  attacker: AttackedBy,
): Promise<Judgement> {
  const { victim } = attacker;
  // The runner asks the victim after each step. Where it is frozen it would say the same again; else its last word counts.
  const isAskedAlready = isIterated(spec) && isFrozen(victim) && victim.rejects === undefined;
  const how = isAskedAlready
    ? attackedTogether(spec, loop, attacker)
    : attackedAndAsked(spec, loop, attacker);
  return together(
    await inBatches(how.loop, async (batch, count) => {
      await checkBatch(batch, { classes: loop.data.classes.length });
      return await how.look(batch, count);
    }),
  );
}

/** How images are shown to an attack and to the judge. */
interface Showing {
  readonly loop: BatchLoop;
  readonly look: (batch: Batch, count: number) => Promise<Judgement>;
}

/** An attack batch by batch; the victim is asked about the attacked images. */
function attackedAndAsked(
  spec: AttackSpec,
  loop: BatchLoop,
  { surrogate, victim, seed }: AttackedBy,
): Showing {
  const options = {
    seed,
    victim,
    stop: "on success",
    ...(loop.signal ? { signal: loop.signal } : {}),
  } as const;
  return {
    loop: { ...loop, last: "filled up" },
    async look(batch, count) {
      const images = await attackBy(spec)(surrogate, batch, options);
      try {
        return await judgeAttack(victim, batch, { images, ball: spec.ball, count });
      } finally {
        images.dispose();
      }
    },
  };
}

/** How many pixel values one tensor of images that are attacked together may have. */
const MOST_VALUES = 2 ** 20;

/**
 * An attack on several batches together, so that the images left of them fill whole batches again. The attack has asked the
 * victim about each image already.
 */
function attackedTogether(
  spec: IteratedSpec,
  loop: BatchLoop,
  { surrogate, victim, seed }: AttackedBy,
): Showing {
  const { data, signal } = loop, size = Math.min(loop.size, data.size);
  const several = Math.max(1, Math.floor(MOST_VALUES / (size * tf.util.sizeFromShape([...data.shape]))));
  return {
    loop: { ...loop, size: several * size },
    async look(batch, count) {
      const options = { seed, victim, size, ...(signal ? { signal } : {}) };
      const { images, success } = await runActiveBy(spec, surrogate, batch, options);
      try {
        const allowed = await contains(spec.ball, batch.images, images);
        if (allowed.every(Boolean)) return { stands: success.map((fallen) => !fallen), faults: NO_FAULTS };
        return await judge(victim, batch, { images, allowed }, { count });
      } finally {
        images.dispose();
      }
    },
  };
}
