import { gunzipSync } from "node:zlib";

const packed: Readonly<Record<string, string>> = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/data_files.json", import.meta.url)),
);

/** The names of the files that NumPy, SciPy and Python wrote. */
export const goldenNames: readonly string[] = Object.keys(packed);

/** One of the files that fixtures/golden/make_data_files.py wrote. */
export function goldenFile(name: string): Uint8Array {
  const content = packed[name];
  if (content === undefined) throw new RangeError(`There is no file ${name} in data_files.json`);
  return new Uint8Array(gunzipSync(Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))));
}
