import { assert } from "@std/assert";

type Pause = typeof import("../../lib/tensor/pause.ts");

/** The module as a browser sees it, or as Deno does. */
async function paused(where: "Deno" | "a browser"): Promise<Pause["pause"]> {
  const scope = globalThis as { setImmediate?: unknown }, { setImmediate } = scope;
  if (where === "a browser") delete scope.setImmediate;
  try {
    return (await import(`../../lib/tensor/pause.ts?${where.replace(" ", "-")}`) as Pause).pause;
  } finally {
    scope.setImmediate = setImmediate;
  }
}

for (const where of ["Deno", "a browser"] as const) {
  Deno.test(`pause() lets timers and messages have their turn, as ${where} has it`, async () => {
    const pause = await paused(where), { port1, port2 } = new MessageChannel();
    let rung = false, told = false, pauses = 0;
    setTimeout(() => rung = true, 5);
    port1.onmessage = () => told = true;
    port2.postMessage(undefined);
    while (!(rung && told) && pauses++ < 1e6) await pause();
    port1.close();
    assert(rung && told);
  });
}
