import { specsOf } from "../../defenses/mod.ts";
import type { CellProvenance } from "../../evaluation/mod.ts";
import { type Backend, tf } from "../../tensor/mod.ts";
import { idOf } from "../../training/mod.ts";
import { kitState } from "./kit_state.ts";
import type { DefenseAndThreats, Run } from "./prepare.ts";

/** How a measurement of a row comes about, beside what its key says. */
export async function provenanceOf(
  { circumstances, backend }: Pick<Run, "circumstances" | "backend">,
  { row, threats }: DefenseAndThreats,
): Promise<Omit<CellProvenance, "date">> {
  const specs = specsOf(row, circumstances, { threats });
  const named = await Promise.all(specs.map(async (spec) => [await idOf(spec), spec] as const));
  return {
    backend: backend.description,
    versions: versionsOf(backend),
    networks: Object.fromEntries(named),
    ...await kitState(),
  };
}

/** WebAssembly and WebGPU come with TensorFlow.js in its version; TensorFlow's library has one of its own. */
function versionsOf({ name, description }: Backend): Record<string, string> {
  const own = name === "tensorflow" ? /\d+(\.\d+)+/.exec(description)?.[0] : undefined;
  return {
    "deno": Deno.version.deno,
    "tensorflow.js": tf.version_core,
    ...(own === undefined ? {} : { [name]: own }),
  };
}
