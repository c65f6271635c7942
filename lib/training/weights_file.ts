import { isWrittenSince, readIfThere, readPublished, writeAtomically } from "../files/mod.ts";
import { readMetadata, readSafetensors, writeSafetensors } from "../networks/mod.ts";
import type { Parameters } from "../tensor/mod.ts";
import type { HistoryEntry } from "./history.ts";
import { idOf } from "./id.ts";
import type { TrainedSpec } from "./spec.ts";

/** Thrown for a file of weights that is damaged, or that holds other weights than its name says. */
export class WeightsError extends Error {
  /** The name of the error. */
  override readonly name = "WeightsError";
}

/** The record of a training, which a file holds beside its weights. */
export interface TrainingRecord {
  /** The network. */
  readonly spec: TrainedSpec;
  /** The history of its training. */
  readonly history: readonly HistoryEntry[];
}

/** The weights of a spec, and where they were found. */
export interface FoundWeights extends TrainingRecord {
  /** All trees joined: `parameters.w` and so on. */
  readonly tensors: Parameters;
  /** Where they were found. */
  readonly source: "shipped" | "cache";
}

const SHIPPED = new URL("../../fixtures/trained/", import.meta.url);

/** The path of the weights with this id in the cache. */
export function weightsPath(folder: string, id: string): string {
  return `${folder}/${id}.safetensors`;
}

/** The weights with this id: those that are shipped with the kit, else those in the cache, if there are any. */
export async function findWeights(
  id: string,
  folder: string,
  shipped: "use" | "ignore" = "use",
): Promise<FoundWeights | undefined> {
  const url = new URL(`${id}.safetensors`, SHIPPED), file = weightsPath(folder, id);
  const gift = shipped === "use" ? await readPublished(url) : undefined;
  if (gift !== undefined) return { ...await unpack(gift, id, url.href), source: "shipped" };
  const bytes = await readIfThere(file);
  return bytes && { ...await unpack(bytes, id, file), source: "cache" };
}

/** Whether there are weights with this id. Whether they are whole is seen when they are read. */
export async function hasWeights(
  id: string,
  folder: string,
  shipped: "use" | "ignore" = "use",
): Promise<boolean> {
  const gift = shipped === "use" ? await readPublished(new URL(`${id}.safetensors`, SHIPPED)) : undefined;
  return gift !== undefined || await isWrittenSince(weightsPath(folder, id), new Date(0));
}

/** Puts weights into the cache. */
export async function keepWeights(
  folder: string,
  id: string,
  record: TrainingRecord,
  tensors: Parameters,
): Promise<void> {
  await writeAtomically(weightsPath(folder, id), await packWeights(record, tensors, "float32"));
}

/** Weights as the bytes of a file. */
export async function packWeights(
  { spec, history }: TrainingRecord,
  tensors: Parameters,
  precision: "float32" | "float16",
): Promise<Uint8Array> {
  const record = JSON.stringify({ spec, history } satisfies TrainingRecord);
  return await writeSafetensors(tensors, { precision, metadata: { record } });
}

async function unpack(bytes: Uint8Array, id: string, place: string): Promise<Omit<FoundWeights, "source">> {
  const refuse = (reason: string): never => {
    throw new WeightsError(`Cannot use the weights in ${place}: ${reason}. Delete the file, or train again`);
  };
  let record: TrainingRecord;
  try {
    record = JSON.parse(readMetadata(bytes).record ?? "null");
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (record === null) return refuse("they carry no record of their training");
  const found = await idOf(record.spec);
  if (found !== id) return refuse(`they are those of ${found}`);
  return { ...record, tensors: readSafetensors(bytes) };
}
