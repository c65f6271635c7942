import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { linf, pgd } from "@gcln/kit/attacks";
import { type Images, iterate, type Logits, pause, type StopButton, tf, useBackend } from "@gcln/kit/tensor";

const BUTTON = Symbol.for("gcln.stop");

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

/** Does some work while the program has a stop button. */
async function withButton(work: (button: StopButton & { pressed?: DOMException }) => Promise<void>) {
  const scope = globalThis as { [BUTTON]?: StopButton };
  const button: StopButton & { pressed?: DOMException } = {
    reason: () => button.pressed,
    works: () => {},
    repairs: new Set(),
  };
  scope[BUTTON] = button;
  try {
    await work(button);
  } finally {
    delete scope[BUTTON];
  }
}

Deno.test("a pressed stop button ends pauses, loops and attacks that compute at once, and frees what they hold", async () => {
  await useBackend("wasm");
  await withButton(async (button) => {
    const reason = new DOMException("Stop", "AbortError"), x = tf.scalar(1), before = tf.memory().numTensors;
    const pressAt = (pressed: number) => (value: tf.Scalar, index: number) => {
      if (index === pressed) button.pressed = reason;
      return value.mul(2) as tf.Scalar;
    };
    assertEquals(assertThrows(() => iterate(x, 10, pressAt(3)), DOMException), reason);
    await assertRejects(() => pause(), DOMException, "Stop");
    const batch = { images: tf.ones([1, 2, 2, 1]) as Images, labels: tf.tensor1d([0], "int32") };
    const classifier = (images: Images) => tf.stack([images.sum([1, 2, 3]), tf.zeros([1])], 1) as Logits;
    assertThrows(() => pgd(classifier, batch, { ball: linf(0.1), stepSize: 0.1, steps: 3 }), DOMException);
    delete button.pressed;
    await pause();
    tf.dispose([batch.images, batch.labels]);
    assertEquals(tf.memory().numTensors, before);
    x.dispose();
  });
});
