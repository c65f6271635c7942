import { callable, checkSettings, count, object, type Settings, size } from "../kinds/mod.ts";
import type { HistoryEntry } from "./history.ts";
import { type Parameters, pause, type Progress, tf } from "../tensor/mod.ts";
import { group, ungroup } from "./trees.ts";
import { DiskError } from "../files/mod.ts";
import type { CheckpointStore } from "./checkpoint.ts";

/** The result of a step: the next state, and scalars to report. */
export interface StepResult {
  /** The state for the next step. */
  readonly state: Parameters;
  /** Losses and accuracies by name; steps may report different ones. */
  readonly facts: Readonly<Record<string, tf.Scalar>>;
}

/** Fields of {@link trainingLoop}. */
export interface TrainingLoopOptions {
  /** The number of all steps. */
  readonly steps: number;
  /** The number of images in a step, for the images/s in the progress. */
  readonly imagesPerStep: number;
  /** Makes the state before the first step; not called if there is a checkpoint. */
  readonly init: () => Parameters;
  /** One step; the loop frees the old state and the facts. */
  readonly step: (state: Parameters, index: number) => StepResult | Promise<StepResult>;
  /** More tensors for the checkpoint: read when it is written, and restored when it is loaded. */
  readonly memory?: { save(): Parameters; load(saved: Parameters): Promise<void> };
  /** Receives the number of images so far, and the facts. */
  readonly progress?: Progress;
  /** The store for the checkpoint; without it the run can't resume. */
  readonly checkpoints?: CheckpointStore;
  /** The longest time between checkpoints, in seconds; default 45. */
  readonly checkpointEvery?: number;
  /** Stops the run between two steps, after writing its checkpoint. */
  readonly signal?: AbortSignal;
}

/** The result of a run. */
export interface TrainingResult {
  /** The state after the last step; the caller frees it. */
  readonly state: Parameters;
  /** The history of the run, at most 100 entries. */
  readonly history: readonly HistoryEntry[];
}

/** Thrown when a loss becomes NaN or infinite. The last checkpoint before that is kept. */
export class DivergedError extends Error {
  /** The name of the error. */
  override readonly name = "DivergedError";
}

const loopSettings: Settings = {
  steps: count(),
  imagesPerStep: count(),
  init: callable(),
  step: callable(),
  memory: object("{ save, load }"),
  progress: object("a progress"),
  checkpoints: object("a store for checkpoints"),
  checkpointEvery: size(),
  signal: object("an AbortSignal"),
};

const READ_EVERY = 25; // steps; reading values back waits for the device
const HISTORY_ENTRIES = 100;

/** The sum of a fact over steps, and the number of steps that reported it. */
interface Sum {
  readonly sum: tf.Scalar;
  readonly count: number;
}

async function means(sums: Map<string, Sum>): Promise<Record<string, number>> {
  const entries: [string, number][] = [];
  for (const [name, { sum, count }] of sums) entries.push([name, (await sum.data())[0]! / count]);
  return Object.fromEntries(entries);
}

function add(sums: Map<string, Sum>, facts: StepResult["facts"]): void {
  for (const [name, fact] of Object.entries(facts)) {
    const old = sums.get(name);
    sums.set(name, {
      sum: old === undefined ? fact : tf.tidy(() => old.sum.add(fact)),
      count: (old?.count ?? 0) + 1,
    });
    if (old !== undefined) tf.dispose([old.sum, fact]);
  }
}

function release(sums: Map<string, Sum>): void {
  for (const { sum } of sums.values()) sum.dispose();
}

function refuse(facts: Record<string, number>, step: number, kept: boolean): void {
  for (const [name, value] of Object.entries(facts)) {
    if (Number.isFinite(value)) continue;
    const remedy = kept ? "the last good checkpoint is kept" : "no checkpoint had been written yet";
    throw new DivergedError(
      `Training diverged: ${name} is ${value} by step ${step}; ${remedy}. Lower the learning rate or clip the gradients`,
    );
  }
}

/**
 * Runs a training step many times. It shows the progress with losses, images/s and remaining time, keeps a history, writes a
 * checkpoint at least every minute, and throws an error when a loss becomes NaN or infinite.
 *
 * A checkpoint that can't be written, as the disk is full, is named on stderr, and the training goes on.
 *
 * A run with a checkpoint store resumes where the last run stopped. Its result is the same as without a stop, since a step
 * depends on its state and index only.
 *
 * @returns The last state, which the caller frees, and the history.
 * @throws {DivergedError} If a fact is NaN or infinite.
 * @throws {DOMException} `AbortError`, when `signal` fires; the checkpoint is written first.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { trainingLoop } from "@gcln/kit/training";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { state, history } = await trainingLoop({
 *   steps: 10,
 *   imagesPerStep: 1,
 *   init: () => ({ x: tf.scalar(1) }),
 *   step: ({ x }) => ({ state: { x: x!.mul(2) }, facts: { loss: x!.square() as tf.Scalar } }),
 * });
 * assertEquals((await state.x!.data())[0], 1024);
 * assertEquals(history.at(-1)!.step, 10);
 * ```
 */
export async function trainingLoop(options: TrainingLoopOptions): Promise<TrainingResult> {
  checkSettings("trainingLoop", loopSettings, options, ["steps", "imagesPerStep", "init", "step"]);
  const { steps, imagesPerStep, init, step, memory, progress, checkpoints, checkpointEvery = 45, signal } =
    options;
  const found = await checkpoints?.load();
  let state: Parameters;
  if (found === undefined) state = init();
  else {
    const { memory: remembered, ...trees } = ungroup(found.state);
    if (remembered) await memory?.load(remembered);
    state = group(trees);
  }
  let kept = found !== undefined;
  const first = found?.step ?? 0;
  const history: HistoryEntry[] = [...found?.history ?? []];
  const earlier = found?.seconds ?? 0;
  const started = performance.now();
  const seconds = () => earlier + (performance.now() - started) / 1000;
  let saved = performance.now(), sums = new Map<string, Sum>(), unread = 0;

  const read = async (index: number): Promise<void> => {
    const facts = await means(sums);
    release(sums);
    sums = new Map();
    unread = 0;
    refuse(facts, index, kept);
    history.push({ step: index, seconds: seconds(), ...facts });
    progress?.update(index * imagesPerStep, steps * imagesPerStep, facts);
  };
  const save = async (index: number): Promise<void> => {
    const extra = group({ memory: memory?.save() ?? {} });
    saved = performance.now();
    try {
      await checkpoints?.save({
        step: index,
        seconds: seconds(),
        history: thin(history),
        state: { ...state, ...extra },
      });
      kept = true;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      console.warn(`${error.message}. The training goes on without a new checkpoint`);
    } finally {
      tf.dispose(Object.values(extra));
    }
  };

  try {
    for (let index = first; index < steps; index++) {
      const result = await step(state, index);
      tf.dispose(Object.values(state));
      state = result.state;
      add(sums, result.facts);
      unread++;
      const stopped = await pause(signal).then(() => undefined, (reason) => ({ reason }));
      const due = performance.now() - saved > checkpointEvery * 1000, stop = stopped !== undefined;
      if (unread === READ_EVERY || index === steps - 1 || due || stop) await read(index + 1);
      if (due || stop) await save(index + 1);
      if (stop) throw stopped.reason;
    }
  } catch (error) {
    tf.dispose(Object.values(state));
    release(sums);
    progress?.done("stopped");
    throw error;
  }
  progress?.done();
  return { state, history: thin(history) };
}

/** At most 100 entries, evenly chosen, the last one among them. */
function thin(history: readonly HistoryEntry[]): HistoryEntry[] {
  const every = Math.ceil(history.length / HISTORY_ENTRIES);
  return history.filter((_, i) => (history.length - 1 - i) % every === 0);
}
