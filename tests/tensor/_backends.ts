import { type BackendName, useBackend } from "@gcln/kit/tensor";

/** Those of the named backends that can be had here, of the two that go together in one process. */
export async function present(...names: readonly BackendName[]): Promise<BackendName[]> {
  const found: BackendName[] = [];
  for (const name of names) {
    if (await useBackend(name).then(() => true, () => false)) found.push(name);
  }
  return found;
}
