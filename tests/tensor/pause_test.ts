import { assert, assertRejects } from "@std/assert";

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

Deno.test("one pause() learns of a signal that came while the thread computed", async () => {
  const { pause } = await import("../../lib/tensor/pause.ts");
  let seen = 0, missed = 0;
  const listener = () => void seen++;
  Deno.addSignalListener("SIGUSR2", listener);
  try {
    for (let turn = 1; turn <= 20; turn++) {
      Deno.kill(Deno.pid, "SIGUSR2");
      for (const until = performance.now() + 30; performance.now() < until;); // a step of the engine
      await pause();
      missed += seen < turn ? 1 : 0;
      while (seen < turn) await pause();
    }
    assert(missed <= 2, `${missed} of 20 were missed`); // a busy machine hands one over late now and then
  } finally {
    Deno.removeSignalListener("SIGUSR2", listener);
  }
});

Deno.test("pause() throws when its signal fires meanwhile", async () => {
  const { pause } = await import("../../lib/tensor/pause.ts"), abort = new AbortController();
  setTimeout(() => abort.abort());
  await assertRejects(async () => {
    while (true) await pause(abort.signal);
  }, DOMException);
});
