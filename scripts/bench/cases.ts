/** What `deno task bench:attacks` runs: the same attack here and there. */
import { autoAttack, carliniWagnerL2, fgs, linf, pgd, pgdAttack, runActive } from "../../lib/attacks/mod.ts";
import { type Batch, type Classifier, type Images, tf } from "../../lib/tensor/mod.ts";
import type { JsonValue } from "./json.ts";

/** An attack on both sides. */
export interface Case {
  readonly name: string;
  /** What differs between the sides, if anything does. */
  readonly note?: string;
  /** How many images. */
  readonly images: number;
  /** Attacks them here. */
  ours(victim: Classifier, batch: Batch): Promise<Images>;
  /** What peer.py is told. */
  readonly peer: Readonly<Record<string, JsonValue>>;
}

/** How many images an attack takes at a time, on both sides; those with an active set take all. */
export const BATCH = 64;

const epsilon = 8 / 255, stepSize = 2 / 255, ball = linf(epsilon);

/** Image by image, batch by batch. */
function batched(attack: (victim: Classifier, batch: Batch) => Images | Promise<Images>): Case["ours"] {
  return async (victim, { images, labels }) => {
    const count = images.shape[0], attacked: Images[] = [];
    for (let from = 0; from < count; from += BATCH) {
      const size = Math.min(BATCH, count - from);
      const batch = { images: images.slice(from, size), labels: labels.slice(from, size) } as Batch;
      attacked.push(await attack(victim, batch));
      tf.dispose([batch.images, batch.labels]);
    }
    const all = tf.concat(attacked);
    tf.dispose(attacked);
    return all;
  };
}

function pgdOf(steps: number, images: number): Case {
  return {
    name: `pgd-${steps}`,
    images,
    ours: batched((victim, batch) => pgd(victim, batch, { ball, stepSize, steps })),
    peer: { attack: "pgd", epsilon, stepSize, steps },
  };
}

/** Which images a network keeps: an attack is done with those that have fallen. */
function robustAccuracyOf(steps: number, images: number): Case {
  return {
    name: `robust accuracy, pgd-${steps}`,
    note: "with the active set here; torchattacks has none",
    images,
    async ours(victim, batch) {
      const attack = pgdAttack({ ball, stepSize, steps, stop: "on success" });
      return (await runActive(attack, victim, batch)).images;
    },
    peer: { attack: "pgd", epsilon, stepSize, steps },
  };
}

/**
 * The cases, in the order of the report.
 *
 * @param scale How many times fewer images than usual; 1 for the usual number.
 */
export function cases(scale: number): readonly Case[] {
  const few = (images: number) => Math.max(images / scale, 16);
  const carliniWagner = { steps: 50, stepSize: 0.01 };
  return [
    {
      name: "fgs",
      images: few(512),
      ours: batched((victim, batch) => fgs(victim, batch, { ball })),
      peer: { attack: "fgs", epsilon },
    },
    pgdOf(10, few(128)),
    pgdOf(100, few(64)),
    {
      name: "carliniWagner",
      note: "l2, 50 steps for one c = 1 on both sides, without an early end",
      images: few(64),
      ours: batched(async (victim, batch) => {
        const { images, success, distance } = await carliniWagnerL2(victim, batch, {
          ...carliniWagner,
          searches: 1,
          initialConstant: 1,
          abortEarly: false,
        });
        tf.dispose([success, distance]);
        return images;
      }),
      peer: { attack: "carliniWagner", ...carliniWagner, constant: 1 },
    },
    robustAccuracyOf(10, few(512)),
    robustAccuracyOf(100, few(128)),
    {
      name: "autoAttack",
      note: "version standard; images leave between two attacks on both sides, here within an attack, too",
      images: few(200),
      async ours(victim, batch) {
        return (await autoAttack(victim, batch, { ball })).images;
      },
      peer: { attack: "autoAttack", epsilon },
    },
  ];
}
