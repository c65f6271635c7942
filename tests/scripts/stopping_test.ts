/** Real processes that compute and get real signals. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";

/** A process that computes in steps, and what it says. */
interface Busy {
  readonly process: Deno.ChildProcess;
  /** How it ended, once all that it has said has been read. */
  ended(): Promise<Deno.CommandStatus>;
  /** Resolves when a word has been said on one of the two streams so many times. */
  heard(word: string, times?: number): Promise<void>;
  /** All that has been said. */
  readonly said: () => string;
}

/** Starts a process whose steps take so many seconds. */
function busy(seconds: number, prefix: readonly string[] = []): Busy {
  const [command, ...args] = [
    ...prefix,
    Deno.execPath(),
    ...["run", "-A", "--no-check", new URL("./_busy.ts", import.meta.url).pathname, `${seconds}`, "40"],
  ];
  const process = new Deno.Command(command!, { args, stdout: "piped", stderr: "piped" }).spawn();
  let said = "";
  const waiting = new Set<() => void>();
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said += text;
      waiting.forEach((look) => look());
    }
  };
  const all = Promise.all([listen(process.stdout), listen(process.stderr)]);
  return {
    process,
    ended: async () => {
      await all;
      return await process.status;
    },
    said: () => said,
    heard: (word, times = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (said.split(word).length <= times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} is answered while a step runs, which is then finished, with exit code ${code}`, async () => {
    const { process, ended, heard, said } = busy(3);
    await heard("step");
    process.kill(signal);
    await heard("Stopping");
    assert(!said().includes("step done"));
    assertEquals((await ended()).code, code);
    assertStringIncludes(said(), "stopped");
    assertEquals(said().split("step done").length, 2); // the step that ran, and no other
  });
}

Deno.test("the second Ctrl-C ends a command whose step takes long", async () => {
  const { process, ended, heard, said } = busy(600);
  await heard("step");
  process.kill("SIGINT");
  await heard("Stopping");
  await new Promise((resolve) => setTimeout(resolve, 1000)); // later than what a terminal sends twice
  process.kill("SIGINT");
  const { signal, code } = await ended();
  assert(signal === "SIGINT" || code === 130);
  assert(!said().includes("step done"));
});

Deno.test("the same Ctrl-C twice at once, as a terminal and deno task send it, is one", async () => {
  const { process, ended, heard, said } = busy(3);
  await heard("step");
  process.kill("SIGINT");
  process.kill("SIGINT");
  assertEquals((await ended()).code, 130);
  assertStringIncludes(said(), "stopped");
});

Deno.test("a command under nohup outlives the terminal", async () => {
  const { process, ended, heard, said } = busy(0.2, ["nohup"]);
  await heard("step");
  process.kill("SIGHUP");
  await heard("step done", 5);
  assert(!said().includes("Stopping"));
  process.kill("SIGTERM");
  assertEquals((await ended()).code, 143);
});
