import { DamagedError, DIFFERS, isSealed, seal, unsealed } from "../files/mod.ts";
import { readMetadata, readSafetensors, writeSafetensors } from "../networks/mod.ts";
import { type Parameters, tf } from "../tensor/mod.ts";

/** Tensors and texts as the bytes of a safetensors file, sealed by the digest of all its other bytes. */
export async function sealedWeights(
  tensors: Parameters,
  metadata: Readonly<Record<string, string>>,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  const bytes = await writeSafetensors(tensors, { precision, metadata: { ...metadata, sha256: unsealed } });
  return await seal(bytes);
}

/**
 * The texts of a file, once its seal is known to fit.
 *
 * Files of earlier versions have no seal. Such a file is taken if it has their texts and no others, and its numbers are
 * finite.
 *
 * @param bytes The file.
 * @param earlier The names of the texts in a file without a seal.
 * @throws {DamagedError} If it is not what was written.
 */
export async function openSealedWeights(
  bytes: Uint8Array,
  earlier: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  let metadata: Readonly<Record<string, string>>;
  try {
    metadata = readMetadata(bytes);
  } catch (error) {
    throw new DamagedError((error as Error).message);
  }
  if (Object.keys(metadata).every((name) => earlier.includes(name))) {
    await checkFinite(bytes);
    return metadata;
  }
  if (!await isSealed(bytes, metadata["sha256"])) throw new DamagedError(DIFFERS);
  return metadata;
}

async function checkFinite(bytes: Uint8Array): Promise<void> {
  let tensors: Parameters;
  try {
    tensors = readSafetensors(bytes);
  } catch (error) {
    throw new DamagedError((error as Error).message);
  }
  try {
    for (const [name, tensor] of Object.entries(tensors)) {
      if (!(await tensor.data()).every(Number.isFinite)) {
        throw new DamagedError(`${name} holds NaN or infinity`);
      }
    }
  } finally {
    tf.dispose(Object.values(tensors));
  }
}
