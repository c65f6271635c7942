import {
  attackBy,
  attackOf,
  type AttackSpec,
  gradientFaults,
  type Iterated,
  iteratedBy,
  runStoppable,
  type SettledAttackOptions,
  type Stop,
} from "../attacks/mod.ts";
import {
  type Batch,
  type Classifier,
  type Images,
  isFrozen,
  type Passes,
  passes,
  tf,
} from "../tensor/mod.ts";
import type { KeptAttacks, KeptWork } from "./kept_attacks.ts";

/** Whether what an attack makes of an image depends on the surrogate alone, so that it may be kept for other victims. */
export function isKept(spec: AttackSpec, stop?: Stop): boolean {
  const stopsEarly = (stop ?? (spec as { stop?: Stop }).stop) === "on success";
  return !stopsEarly && !attackOf(spec).needsVictim;
}

/** A batch, and how it is attacked. */
export interface AttackOnBatch {
  readonly surrogate: Classifier;
  readonly batch: Batch;
  readonly spec: AttackSpec;
  readonly options: SettledAttackOptions;
  /** The store of kept work, and the checksum of the data set that the batch is of. */
  readonly before?: { readonly kept: KeptAttacks; readonly data: string };
}

/** A tensor that was made of a batch, and what that cost. */
export interface Made<T extends tf.Tensor = tf.Tensor> {
  /** The caller's to free. */
  readonly tensor: T;
  /** The passes of all the work, kept work among it. */
  readonly passes: Passes;
  /** The seconds of kept work: what an earlier measurement spent on it. */
  readonly earlier: number;
}

/** The attacked images of a batch: kept ones, kept ones of fewer steps that go on from there, or new ones. */
export async function attackedImages(attempt: AttackOnBatch): Promise<Made<Images>> {
  const { surrogate, batch, spec, options } = attempt;
  const whole = { make: () => attackBy(spec)(surrogate, batch, options) };
  const made = isKept(spec, options.stop)
    ? await kept(attempt, nameOf(spec, options), batch.images.shape, () => goneOn(attempt) ?? whole)
    : await timed(whole);
  return made as Made<Images>;
}

/** At which images of a batch the gradient of the cross-entropy is of no use, {@linkcode gradientFaults}; kept or new. */
export function gradientFaultsOf(attempt: AttackOnBatch): Promise<Made> {
  const make = () => tf.tidy(() => gradientFaults(attempt.surrogate, attempt.batch));
  return kept(attempt, "gradient faults", [2, ...attempt.batch.labels.shape], () => ({ make }));
}

/** How a tensor is made, and the kept work that it goes on from. */
interface Making {
  readonly make: () => tf.Tensor | Promise<tf.Tensor>;
  readonly from?: KeptWork;
}

/** Takes what was kept, or makes it and keeps it. */
async function kept(
  { surrogate, batch: { ids }, before }: AttackOnBatch,
  name: string,
  shape: number[],
  making: () => Making,
): Promise<Made> {
  // Only a frozen surrogate is sure to give the same images again.
  if (before === undefined || !isFrozen(surrogate)) return await timed(making());
  const key = keyOf(before.data, ids, name), found = before.kept.find(surrogate, key);
  if (found) return { tensor: tf.tensor(found.values, shape), passes: found.passes, earlier: found.seconds };
  const made = await timed(making()), values = (await made.tensor.data()) as Float32Array;
  before.kept.keep(surrogate, key, { values, passes: made.passes, seconds: made.earlier + made.seconds });
  return made;
}

async function timed({ make, from }: Making): Promise<Made & { readonly seconds: number }> {
  const before = passes(), started = performance.now(), tensor = await make(), after = passes();
  return {
    tensor,
    passes: {
      forward: (from?.passes.forward ?? 0) + after.forward - before.forward,
      backward: (from?.passes.backward ?? 0) + after.backward - before.backward,
    },
    earlier: from?.seconds ?? 0,
    seconds: (performance.now() - started) / 1000,
  };
}

function keyOf(data: string, ids: Batch["ids"], name: string): string {
  return `${name} of ${data} ${ids?.join(" ")}`;
}

function nameOf(spec: AttackSpec, { seed }: SettledAttackOptions): string {
  const { code } = attackOf(spec);
  return `${JSON.stringify(spec)}${code === undefined ? "" : ` ${code}`} seed ${seed}`;
}

/** Goes on from the longest kept run of the same attack with fewer steps, where its images are all that such a run needs. */
function goneOn({ surrogate, batch, spec, options, before }: AttackOnBatch): Making | undefined {
  if (before === undefined || !isFrozen(surrogate)) return undefined;
  if (spec.attack !== "bim" && spec.attack !== "pgd") return undefined;
  if (((spec as { restarts?: number }).restarts ?? 1) > 1) return undefined;
  for (let taken = (spec as { readonly steps: number }).steps - 1; taken > 0; taken--) {
    const name = nameOf({ ...spec, steps: taken } as AttackSpec, options);
    const from = before.kept.find(surrogate, keyOf(before.data, batch.ids, name));
    if (from) return { from, make: () => onwards(from.values, taken) };
  }
  function onwards(values: Float32Array, taken: number): Promise<tf.Tensor> {
    const attack = iteratedBy(spec as Parameters<typeof iteratedBy>[0], options);
    const rest: Iterated = {
      ...attack,
      steps: attack.steps - taken,
      start: (batch) => ({ ...attack.start(batch), images: tf.tensor(values, batch.images.shape) as Images }),
      step: (surrogate, state, i, ids) => attack.step(surrogate, state, taken + i, ids),
    };
    return runStoppable(rest, surrogate, batch, options.signal ? { signal: options.signal } : {});
  }
  return undefined;
}
