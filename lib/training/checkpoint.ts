import type { Parameters } from "../tensor/mod.ts";
import { readMetadata, readSafetensors, writeSafetensors } from "../networks/mod.ts";
import { readIfThere, writeAtomically } from "../files/mod.ts";
import type { HistoryEntry } from "./history.ts";

/** A moment of a training run, whole: what is needed to go on as if nothing had happened. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** What was seen so far. */
  readonly history: readonly HistoryEntry[];
  /** Parameters and optimiser state, by name. */
  readonly state: Parameters;
}

/** Where a run keeps its last checkpoint. */
export interface CheckpointStore {
  /** The last good checkpoint, if there is one. */
  load(): Promise<Checkpoint | undefined>;
  /** Replaces it, all at once. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Forgets it. */
  clear(): Promise<void>;
}

/**
 * Keeps the checkpoint in one safetensors file, written under a temporary name and renamed, so that a kill at any
 * moment leaves the old one or the new one.
 *
 * @param path The file. A damaged one counts as none: the run then begins anew.
 * @param key What the run is: a checkpoint of another run is not loaded.
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
