/** The Python process that attacks the same network. Requests and answers are lines of JSON. */
import type { JsonValue } from "./json.ts";

/** A Python process with PyTorch. */
export interface Peer extends AsyncDisposable {
  /** Its description of itself: versions, threads. */
  readonly about: Readonly<Record<string, JsonValue>>;
  /** Sends a request and waits for the answer. */
  ask(request: Readonly<Record<string, JsonValue>>): Promise<Readonly<Record<string, JsonValue>>>;
}

/** How to start a peer. */
export interface PeerOptions {
  /** The script to run, and its arguments. */
  readonly args: readonly string[];
  /** The number of threads. */
  readonly threads: number;
  /** More folders with Python modules. */
  readonly modules?: readonly string[];
}

/**
 * The first of several Pythons in which some modules can be imported.
 *
 * @param candidates Commands or paths.
 * @param modules Their names.
 */
export async function findPython(
  candidates: readonly string[],
  modules: readonly string[],
): Promise<string | undefined> {
  for (const python of candidates) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", `import ${modules.join(", ")}`],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
        throw error;
      }
    }
  }
  return undefined;
}

/** Starts a peer and waits for its description. */
export async function startPeer(
  python: string,
  { args, threads, modules = [] }: PeerOptions,
): Promise<Peer> {
  const child = new Deno.Command(python, {
    args: [...args],
    env: {
      OMP_NUM_THREADS: `${threads}`,
      PYTHONPATH: [...modules, Deno.env.get("PYTHONPATH") ?? ""].filter(Boolean).join(":"),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter(), encoder = new TextEncoder(), next = linesOf(child.stdout);
  const answer = async () => {
    const { value, done } = await next.next();
    if (done) throw new Error(`${python} ended with ${(await child.status).code} before it answered`);
    return JSON.parse(value);
  };
  return {
    about: await answer(),
    async ask(request) {
      await writer.write(encoder.encode(`${JSON.stringify(request)}\n`));
      return await answer();
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await child.status;
    },
  };
}

/** The lines of a stream as they arrive; an unfinished last line is left out. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const complete = text.split("\n");
    text = complete.pop()!;
    yield* complete;
  }
}
