/** Attackers may search in another precision: cells of their own, the victims as they are. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CellCache } from "@gcln/kit/evaluation";
import { specsOf } from "@gcln/kit/defenses";
import { circumstancesOf, reproduce } from "@gcln/kit/experiments";
import { type BackendName, backendName, fastestPrecision, tf, useBackend } from "@gcln/kit/tensor";
import { fewCells } from "./_small.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();

/** The backends that have no bfloat16. */
const ignore = backendName() !== "tensorflow";

async function leaveNetworks(folder: string): Promise<void> {
  const setting = circumstancesOf(fewCells, { profile: tiny, folder });
  for (const row of Object.values(fewCells.rows)) {
    if (row.defense !== "not measured yet") await leaveUntrained(folder, ...specsOf(row, setting));
  }
}

/** Keeps nothing but the keys. */
function watched() {
  const keys: Record<string, unknown>[] = [];
  const cells: CellCache = {
    get(key, make) {
      keys.push(key as Record<string, unknown>);
      return make();
    },
  };
  return { cells, keys };
}

Deno.test(
  "A search in bfloat16 has cells of its own, clean ones and all others as they were",
  { ignore },
  () =>
    withFolder(async (folder) => {
      await leaveNetworks(folder);
      const options = { profile: tiny, folder } as const, exact = watched(), fast = watched();
      const before = tf.memory().numTensors;
      const whole = await reproduce(fewCells, { ...options, cells: exact.cells });
      const searched = await reproduce(fewCells, { ...options, cells: fast.cells, search: "bfloat16" });
      assertEquals(tf.memory().numTensors, before);
      const told = (keys: readonly Record<string, unknown>[]) => keys.map(({ search }) => search);
      assertEquals(told(exact.keys), exact.keys.map(() => undefined));
      assertEquals(told(fast.keys), fast.keys.map(({ attack }) => attack ? "bfloat16" : undefined));
      assertEquals(fast.keys.map((key) => ({ ...key, search: undefined })), exact.keys);
      const clean = ({ rows }: typeof whole) => Object.values(rows).map((cells) => cells.Clean!.accuracy);
      assertEquals(clean(searched), clean(whole));
      assert(searched.provenance.backend.endsWith(", attacks searched in bfloat16"));
      assert(!whole.provenance.backend.includes("searched"));
    }),
);

Deno.test(
  "What is fastest here is measured, and told by the cells",
  { ignore },
  () =>
    withFolder(async (folder) => {
      await leaveNetworks(folder);
      const { cells, keys } = watched(), precision = await fastestPrecision();
      await reproduce(fewCells, {
        profile: tiny,
        folder,
        cells,
        search: "fastest",
        columns: ["PGD"],
        rows: ["None"],
      });
      assertEquals(keys.at(-1)!.search, precision === "float32" ? undefined : precision);
    }),
);

Deno.test("A search in bfloat16 is refused where there is none", async () => {
  const own = backendName() as BackendName, before = Deno.env.get("GCLN_BACKEND");
  Deno.env.set("GCLN_BACKEND", "wasm");
  await useBackend("wasm");
  try {
    await assertRejects(
      () => reproduce(fewCells, { profile: tiny, search: "bfloat16" }),
      RangeError,
      "Cannot search in bfloat16 on wasm: only the native engine has it",
    );
  } finally {
    if (before === undefined) Deno.env.delete("GCLN_BACKEND");
    else Deno.env.set("GCLN_BACKEND", before);
    await useBackend(own);
  }
});
