import type { Parameters } from "../tensor/mod.ts";
import { readMetadata, readSafetensors, writeSafetensors } from "../networks/mod.ts";
import { readIfThere, writeAtomically } from "../files/mod.ts";
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
 * @param path The path of the file. A damaged file counts as no checkpoint: the run starts from the beginning.
 * @param key The name of the run: a checkpoint of another run is not loaded.
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
export function fileCheckpoints(path: string, key: string): CheckpointStore {
  return {
    async load() {
      const bytes = await readIfThere(path);
      if (bytes === undefined) return undefined;
      try {
        const metadata = readMetadata(bytes);
        if (metadata.key !== key) return undefined;
        const { step, seconds, history } = JSON.parse(metadata.run!);
        return { step, seconds, history, state: readSafetensors(bytes) };
      } catch {
        return undefined;
      }
    },
    async save({ state, ...run }) {
      await writeAtomically(
        path,
        await writeSafetensors(state, {
          precision: "float32",
          metadata: { key, run: JSON.stringify(run) },
        }),
      );
    },
    async clear() {
      await Deno.remove(path).catch(() => {});
    },
  };
}
