import { KIT_VERSION } from "../files/mod.ts";
import { useBackend } from "../tensor/mod.ts";

/**
 * What a network was trained on. Its weights depend on it in their last digits, while its name does not: two machines may have
 * other weights under one name.
 */
export interface TrainedOn {
  /** The engine, as provenance has it: `tensorflow 2.21.0 (CPU)`. */
  readonly engine: string;
  /** How many threads it could use. */
  readonly threads: number;
  /** The version of the kit. */
  readonly kit: string;
}

/** What a network is trained on here and now. */
export async function trainedOnHere(): Promise<TrainedOn> {
  const { description } = await useBackend();
  return { engine: description, threads: navigator.hardwareConcurrency, kit: KIT_VERSION };
}

/** In words, for results. */
export function trainedOnText({ engine, threads, kit }: TrainedOn): string {
  return `${engine}, ${threads} ${threads === 1 ? "thread" : "threads"}, kit ${kit}`;
}
