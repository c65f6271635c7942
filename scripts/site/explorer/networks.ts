import { cleanerOf, type GclnSpec } from "@gcln/kit/defenses";
import { classifierOf, network, readMetadata, readSafetensors } from "@gcln/kit/networks";
import type { Classifier, Cleaner } from "@gcln/kit/tensor";
import { type ClassifierSpec, ungroup } from "@gcln/kit/training";
import type { Backward } from "@gcln/kit/transform";

/** The bytes of a file of the page's folder. */
export async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`Cannot load ${file}: the server says ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The spec and the parameters in a file that `trained()` reads too. */
function unpacked<Spec>(bytes: Uint8Array) {
  const { spec } = JSON.parse(readMetadata(bytes)["record"]!) as { readonly spec: Spec };
  return { spec, ...ungroup(readSafetensors(bytes)) };
}

/** The classifier in a shipped file. */
export function classifierIn(bytes: Uint8Array): Classifier {
  const { spec, parameters } = unpacked<ClassifierSpec>(bytes);
  return classifierOf(network(spec.network), parameters);
}

/** The cleaning network in a shipped file, for either gradient of its rounding. */
export function cleanerIn(bytes: Uint8Array): (backward: Backward) => Cleaner {
  const { spec, parameters } = unpacked<GclnSpec>(bytes), generator = network(spec.generator);
  return (backward) => cleanerOf(generator, parameters, { ...spec.transform, backward });
}
