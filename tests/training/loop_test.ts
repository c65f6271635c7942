import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type Checkpoint,
  type CheckpointStore,
  digest,
  DivergedError,
  fileCheckpoints,
  type HistoryEntry,
  trainingLoop,
  type TrainingLoopOptions,
} from "@gcln/kit/training";
import { type StopButton, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** x ← 2x + index, so that every step and its index leave a mark. */
function doubling(steps: number): TrainingLoopOptions {
  return {
    steps,
    imagesPerStep: 1,
    init: () => ({ "parameters.x": tf.scalar(1) }),
    step: (state, index) => ({
      state: tf.tidy(() => ({ "parameters.x": state["parameters.x"]!.mul(2).add(index) })),
      facts: { loss: tf.scalar(index) },
    }),
  };
}

async function valueOf(state: Readonly<Record<string, tf.Tensor>>): Promise<number> {
  return (await state["parameters.x"]!.data())[0]!;
}

function memoryStore(): CheckpointStore & { last?: Checkpoint } {
  const store: CheckpointStore & { last?: Checkpoint } = {
    load: () =>
      Promise.resolve(
        store.last && {
          ...store.last,
          state: Object.fromEntries(Object.entries(store.last.state).map(([k, v]) => [k, v.clone()])),
        },
      ),
    save(checkpoint) {
      store.last = {
        ...checkpoint,
        state: Object.fromEntries(Object.entries(checkpoint.state).map(([k, v]) => [k, v.clone()])),
      };
      return Promise.resolve();
    },
    clear: () => Promise.resolve(),
  };
  return store;
}

Deno.test("trainingLoop() stopped at any step and started again ends as if it had never stopped", async () => {
  const whole = await valueOf((await trainingLoop(doubling(10))).state);
  for (const stopAt of [1, 4, 9]) {
    const checkpoints = memoryStore(), controller = new AbortController(), options = doubling(10);
    const stopping: TrainingLoopOptions = {
      ...options,
      checkpoints,
      signal: controller.signal,
      step(state, index) {
        if (index === stopAt) controller.abort();
        return options.step(state, index);
      },
    };
    await assertRejects(() => trainingLoop(stopping), DOMException);
    assertEquals(checkpoints.last!.step, stopAt + 1);
    assertEquals(await valueOf((await trainingLoop({ ...options, checkpoints })).state), whole);
  }
});

Deno.test("trainingLoop() keeps what it has learned when the program's stop button is pressed", async () => {
  const scope = globalThis as { [key: symbol]: unknown }, name = Symbol.for("gcln.stop");
  const whole = await valueOf((await trainingLoop(doubling(10))).state), options = doubling(10);
  const checkpoints = memoryStore();
  let reason: DOMException | undefined;
  scope[name] = { reason: () => reason, works: () => {}, repairs: new Set() } satisfies StopButton;
  try {
    const stopped = trainingLoop({
      ...options,
      checkpoints,
      step(state, index) {
        if (index === 4) reason = new DOMException("Stop", "AbortError");
        return options.step(state, index);
      },
    });
    await assertRejects(() => stopped, DOMException, "Stop");
  } finally {
    delete scope[name];
  }
  assertEquals(checkpoints.last!.step, 5);
  assertEquals(await valueOf((await trainingLoop({ ...options, checkpoints })).state), whole);
});

Deno.test("trainingLoop() stops at a loss that is no number, and says what to do", async () => {
  const options = doubling(100);
  const diverging: TrainingLoopOptions = {
    ...options,
    step: async (state, index) => ({
      ...await options.step(state, index),
      facts: { loss: tf.scalar(index < 60 ? 1 : NaN) },
    }),
  };
  const { message } = await assertRejects(
    () => trainingLoop(diverging),
    DivergedError,
    "loss is NaN by step 75",
  );
  assertStringIncludes(message, "no checkpoint had been written yet");
});

Deno.test("trainingLoop() keeps the last good checkpoint when it diverges", async () => {
  const checkpoints = memoryStore(), options = doubling(100);
  const diverging: TrainingLoopOptions = {
    ...options,
    checkpoints,
    checkpointEvery: 0,
    step: async (state, index) => ({
      ...await options.step(state, index),
      facts: { loss: tf.scalar(index < 60 ? 1 : Infinity) },
    }),
  };
  const { message } = await assertRejects(() => trainingLoop(diverging), DivergedError);
  assertStringIncludes(message, "the last good checkpoint is kept");
  assertEquals(checkpoints.last!.step, 60);
});

Deno.test("trainingLoop() holds as many tensors at the end as the state has", async () => {
  await trainingLoop(doubling(3));
  const before = tf.memory().numTensors;
  const { state } = await trainingLoop(doubling(80));
  assertEquals(tf.memory().numTensors, before + 1);
  tf.dispose(Object.values(state));
});

Deno.test("trainingLoop() keeps at most 100 entries of history, the last among them", async () => {
  const { history } = await trainingLoop({ ...doubling(20), checkpoints: memoryStore(), checkpointEvery: 0 });
  assertEquals(history.at(-1)!.step, 20);
  assert(history.length <= 100);
  assertEquals(history.map(({ step }) => step), history.map(({ step }) => step).toSorted((a, b) => a - b));
});

Deno.test("fileCheckpoints() gives back what it was given, bit for bit, and nothing of another run", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const state = {
      "parameters.a.weight": tf.randomNormal([3, 3, 2, 4], 0, 1, "float32", 1),
      "optimiser.t": tf.scalar(7),
    };
    const store = fileCheckpoints(`${folder}/run.checkpoint`, "mine");
    assertEquals(await store.load(), undefined);
    await store.save({ step: 5, seconds: 1.5, history: [{ step: 5, seconds: 1.5, loss: 0.25 }], state });
    const found = (await store.load())!;
    assertEquals([found.step, found.seconds, found.history[0]!.loss], [5, 1.5, 0.25]);
    for (const [name, tensor] of Object.entries(state)) {
      assertEquals(found.state[name]!.shape, tensor.shape);
      assertEquals(await found.state[name]!.data(), await tensor.data());
    }
    assertEquals(await fileCheckpoints(`${folder}/run.checkpoint`, "another").load(), undefined);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["run.checkpoint"]);
    await store.clear();
    assertEquals(await store.load(), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("digest() depends on values, not on the order of keys", async () => {
  assertEquals(await digest({ a: [1, { b: 2, c: 3 }] }), await digest({ a: [1, { c: 3, b: 2 }] }));
  assert(await digest({ a: 1 }) !== await digest({ a: 2 }));
});

Deno.test("trainingLoop() averages a fact over the steps that tell it", async () => {
  const { state, history } = await trainingLoop({
    steps: 8,
    imagesPerStep: 1,
    init: () => ({ x: tf.scalar(0) }),
    step: ({ x }, index) => ({
      state: { x: tf.tidy(() => x!.add(1)) },
      facts: index < 2 ? { early: tf.scalar(index) } : { late: tf.scalar(index) },
    }),
  });
  const { early, late } = history[0] as HistoryEntry;
  assertEquals([history.length, early, late], [1, 0.5, (2 + 7) / 2]);
  state.x!.dispose();
});
