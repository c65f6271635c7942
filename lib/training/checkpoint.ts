import type { Parameters } from "../tensor/mod.ts";
import { readSafetensors } from "../networks/mod.ts";
import { readIfThere, sayUnused, writeAtomically } from "../files/mod.ts";
import { openSealedWeights, sealedWeights } from "./_sealed_weights.ts";
import type { HistoryEntry } from "./history.ts";

/** The whole state of a training run at one step. A run that resumes from it gives the same result as one without a stop. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** The history so far. */
  readonly history: readonly HistoryEntry[];
  /** Parameters and optimiser state, by name. */
  readonly state: Parameters;
}

/** A store for the last checkpoint of a run. */
export interface CheckpointStore {
  /** The last checkpoint, if there is one. */
  load(): Promise<Checkpoint | undefined>;
  /** Replaces the checkpoint, in one step. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Deletes the checkpoint. */
  clear(): Promise<void>;
}

/**
 * Keeps the checkpoint in one safetensors file. The file is written under a temporary name and then renamed, so if the
 * process is killed there is always the old checkpoint or the new one.
 *
 * @param path The path of the file. A damaged file is named on stderr, and the run starts from the beginning.
 * @param key The name of the run: a checkpoint of another run is not loaded.
 * @param anew Names a training that is made again, such as the moment at which its run began: then only a checkpoint of the
 * same run is loaded. Default: any checkpoint of the key is.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fileCheckpoints } from "@gcln/kit/training";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const folder = await Deno.makeTempDir(), store = fileCheckpoints(`${folder}/run`, "my run");
 * await store.save({ step: 7, seconds: 1, history: [], state: { "parameters.w": tf.scalar(3) } });
 * assertEquals((await store.load())?.step, 7);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function fileCheckpoints(path: string, key: string, anew?: string): CheckpointStore {
  return {
    async load() {
      const bytes = await readIfThere(path);
      if (bytes === undefined) return undefined;
      try {
        const metadata = await openSealedWeights(bytes, ["key", "run"]);
        if (metadata["key"] !== key) {
          sayUnused(path, `it is the checkpoint of ${metadata["key"]}`);
          return undefined;
        }
        if (anew !== undefined && metadata["anew"] !== anew) return undefined;
        const { step, seconds, history } = JSON.parse(metadata["run"]!);
        return { step, seconds, history, state: readSafetensors(bytes) };
      } catch (error) {
        sayUnused(path, (error as Error).message);
        return undefined;
      }
    },
    async save({ state, ...run }) {
      await writeAtomically(
        path,
        await sealedWeights(
          state,
          { key, run: JSON.stringify(run), ...(anew === undefined ? {} : { anew }) },
          "float32",
        ),
      );
    },
    async clear() {
      await Deno.remove(path).catch(() => {});
    },
  };
}
