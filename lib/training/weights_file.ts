import {
  DamagedError,
  DIFFERS,
  readIfThere,
  readPublished,
  sayUnused,
  sha256,
  writeAtomically,
} from "../files/mod.ts";
import { readSafetensors } from "../networks/mod.ts";
import { openSealedWeights, sealedWeights } from "./_sealed_weights.ts";
import { type Parameters, tf } from "../tensor/mod.ts";
import type { HistoryEntry } from "./history.ts";
import { idOf } from "./id.ts";
import type { TrainedOn } from "./trained_on.ts";
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
  /** On what it was made; absent in files of earlier versions. */
  readonly made?: TrainedOn;
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

/** Which weights in the cache will do. */
export interface FindWeightsOptions {
  /** Whether weights that are shipped with the kit come first. Default `"use"`. */
  readonly shipped?: "use" | "ignore" | undefined;
  /** With a name: of the weights in the cache only those that the run of this name has made. Default: any. */
  readonly anew?: string | undefined;
}

/**
 * The weights with this id: those that are shipped with the kit, else those in the cache, if there are any. What is damaged in
 * the cache, or another's, is named on stderr, put aside under the name `….damaged`, and counts as none.
 *
 * @throws {WeightsError} If shipped weights are not those that were shipped.
 */
export async function findWeights(
  id: string,
  folder: string,
  { shipped = "use", anew }: FindWeightsOptions = {},
): Promise<FoundWeights | undefined> {
  const name = `${id}.safetensors`, url = new URL(name, SHIPPED), file = weightsPath(folder, id);
  const gift = shipped === "use" ? await readPublished(url) : undefined;
  if (gift !== undefined) {
    try {
      await checkShipped(name, gift);
      return { ...await unpack(gift, id), source: "shipped" };
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      throw new WeightsError(
        `Cannot use the weights in ${url.href}: ${error.message}. Get the file again (git checkout ${FOLDER}${name})`,
      );
    }
  }
  const bytes = await readIfThere(file);
  if (bytes === undefined) return undefined;
  try {
    const { run, ...found } = await unpack(bytes, id);
    if (anew === undefined || run === anew) return { ...found, source: "cache" };
    tf.dispose(Object.values(found.tensors));
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    sayUnused(file, error.message);
    await Deno.rename(file, `${file}.damaged`).catch(() => {});
  }
  return undefined;
}

/** Where shipped weights are in the repository. */
const FOLDER = "fixtures/trained/";

/** The digests of shipped files by their names; `scripts/ship.ts` writes them. */
let digests: Promise<Readonly<Record<string, string>>> | undefined;

/** Throws where a file is not the one that was shipped under its name. */
async function checkShipped(name: string, bytes: Uint8Array): Promise<void> {
  digests ??= readPublished(new URL("../trained_sha256.json", SHIPPED))
    .then((bytes) => bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(bytes)));
  const wanted = (await digests)[name];
  if (wanted === undefined) {
    throw new DamagedError(`fixtures/trained_sha256.json, which scripts/ship.ts writes, does not know it`);
  }
  if (await sha256(bytes) !== wanted) throw new DamagedError(DIFFERS);
}

/** Whether there are weights with this id. Whether they are whole is seen when they are read. */
export async function hasWeights(
  id: string,
  folder: string,
  shipped: "use" | "ignore" = "use",
): Promise<boolean> {
  const gift = shipped === "use" ? await readPublished(new URL(`${id}.safetensors`, SHIPPED)) : undefined;
  return gift !== undefined || await Deno.stat(weightsPath(folder, id)).then(() => true, () => false);
}

/** Puts weights into the cache. */
export async function keepWeights(
  folder: string,
  id: string,
  record: TrainingRecord,
  tensors: Parameters,
  run?: string,
): Promise<void> {
  await writeAtomically(weightsPath(folder, id), await packWeights(record, tensors, "float32", run));
}

/** Weights as the bytes of a file. */
export async function packWeights(
  { spec, history, made }: TrainingRecord,
  tensors: Parameters,
  precision: "float32" | "float16",
  run?: string,
): Promise<Uint8Array> {
  const record = JSON.stringify({ spec, history, ...(made ? { made } : {}) } satisfies TrainingRecord);
  return await sealedWeights(tensors, { record, ...(run === undefined ? {} : { run }) }, precision);
}

/** What a file holds, and the run that made it anew, if one did. */
async function unpack(
  bytes: Uint8Array,
  id: string,
): Promise<Omit<FoundWeights, "source"> & { readonly run: string | undefined }> {
  const metadata = await openSealedWeights(bytes, ["record"]);
  let record: TrainingRecord;
  try {
    record = JSON.parse(metadata["record"] ?? "null");
  } catch {
    throw new DamagedError("the record of their training is no JSON");
  }
  if (record === null) throw new DamagedError("they carry no record of their training");
  let found: string;
  try {
    found = await idOf(record.spec);
  } catch (error) {
    throw new DamagedError((error as Error).message);
  }
  if (found !== id) throw new DamagedError(`they are those of ${found}`);
  return { ...record, run: metadata["run"], tensors: readSafetensors(bytes) };
}
