/** The kit's own kernels on the wasm backend's memory, and the threads that run them. */
import { assemble } from "./assembler.ts";
import type { WasmBackend } from "./heap.ts";
import { type JobName, scratchOf, type SettingsOf } from "./jobs.ts";
import type { Kernels } from "./jobs/job.ts";
import { kernels } from "./kernels.ts";
import type { PackedFilters } from "./packed_filters.ts";
import { FLOAT } from "./sizes.ts";
import type { Surroundings } from "./surroundings.ts";
import { instantiate, type Shared, together, WORDS } from "./team.ts";

/** Runs jobs on the tensors of one backend. */
export interface Engine {
  /** How many threads there are, the calling one included. */
  readonly threads: number;
  /** Does a job, cut into `parts` parts. */
  run<Name extends JobName>(job: Name, settings: SettingsOf<Name>, parts: number): void;
}

/** What the kit's kernels run on. */
export interface Machine {
  readonly backend: WasmBackend;
  readonly engine: Engine;
  readonly filters: PackedFilters;
}

/** Runs `start` and finds the memory of the module that it instantiates, which the package does not give out. */
export async function withMemory<T>(start: () => Promise<T>): Promise<[T, WebAssembly.Memory | undefined]> {
  const { instantiate, instantiateStreaming } = WebAssembly;
  let memory: WebAssembly.Memory | undefined;
  const search = (values: unknown): void => {
    for (const value of Object.values(values ?? {})) {
      if (value instanceof WebAssembly.Memory) memory = value;
    }
  };
  // deno-lint-ignore no-explicit-any -- there are two functions, and one has two forms
  const watched = (instantiate: (source: any, imports?: any) => Promise<any>) =>
  // deno-lint-ignore no-explicit-any
  async (source: any, imports?: WebAssembly.Imports): Promise<any> => {
    const made = await instantiate(source, imports) as { instance?: WebAssembly.Instance; exports?: object };
    for (const module of Object.values(imports ?? {})) search(module);
    search((made.instance ?? made).exports);
    return made;
  };
  // Programs read the module from a file, pages take it as it comes from the server.
  Object.assign(WebAssembly, {
    instantiate: watched(instantiate),
    instantiateStreaming: watched(instantiateStreaming),
  });
  try {
    return [await start(), memory];
  } finally {
    Object.assign(WebAssembly, { instantiate, instantiateStreaming });
  }
}

/** A module of all kernels, with products and sums in one instruction where this machine's engine has it. */
function compiled(shared: boolean): WebAssembly.Module {
  const fast = assemble(kernels(true), shared);
  return new WebAssembly.Module(WebAssembly.validate(fast) ? fast : assemble(kernels(false), shared));
}

/** Starts an engine with `threads` threads. */
export function startEngine(
  backend: WasmBackend,
  memory: WebAssembly.Memory,
  threads: number,
  around: Pick<Surroundings, "startThread">,
): Engine {
  const isShared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const words = new Int32Array(
    isShared ? new SharedArrayBuffer(WORDS * FLOAT) : new ArrayBuffer(WORDS * FLOAT),
  );
  const shared: Shared = { memory, module: compiled(isShared), words };
  const own: Kernels = instantiate(shared);
  const team = isShared ? threads : 1;
  for (let thread = 1; thread < team; thread++) around.startThread(shared, thread);
  let room = 0, address = 0;
  const scratchFor = (floats: number): number => {
    if (floats > room) {
      if (address) backend.wasm._free(address);
      room = address = 0;
      address = backend.wasm._malloc(team * floats * FLOAT);
      room = floats;
    }
    return address;
  };
  return {
    threads: team,
    run(job, settings, parts) {
      if (parts === 0) return;
      const scratch = scratchFor(scratchOf[job]?.(settings as never) ?? 0),
        place = { scratch, scratchSize: room * FLOAT };
      together(own, words, job, { ...settings, ...place }, parts);
    },
  };
}
