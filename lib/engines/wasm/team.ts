/** The threads that share the work of a job, and the words of shared memory by which they agree. */
import { type JobName, jobNames, jobs } from "./jobs.ts";
import type { Job, Kernels, Settings } from "./jobs/job.ts";

/**
 * Places of the shared words. TURN: the number of the job. NEXT: the same number and, in the lower bits, the next free
 * block. FINISHED: how many blocks are done. FAILED: whether one failed. JOB: which kind of job it is. PARTS and PER_BLOCK:
 * how many parts it has, and how many make a block. SETTINGS: where its settings begin.
 */
const TURN = 0, NEXT = 1, FINISHED = 2, FAILED = 3, JOB = 4, PARTS = 5, PER_BLOCK = 6, SETTINGS = 7;
/** How many words there are. */
export const WORDS = 40;

/** The bits of a block's number; the rest of the word is the job's. */
const BLOCK_BITS = 12;

/** The number of a block is less than the first; a job is cut into at most the second. */
const MOST_BLOCKS = 2 ** BLOCK_BITS, MANY_BLOCKS = 256;

/** How often a thread looks for a job before it sleeps: some tens of microseconds. */
const PATIENCE = 4000;

/** A memory that all threads see, a kernel module over it, and the words. */
export interface Shared {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly words: Int32Array<ArrayBufferLike>;
}

/** The kernels over a memory. */
export function instantiate({ memory, module }: Pick<Shared, "memory" | "module">): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** Takes blocks of the job with this turn until there are none left. */
function takeBlocks(kernels: Kernels, words: Int32Array, turn: number, thread: number): void {
  const parts = Atomics.load(words, PARTS), perBlock = words[PER_BLOCK]!;
  const { settings, part } = jobs[jobNames[words[JOB]!]!] as unknown as Job<string>;
  const count = Math.ceil(parts / perBlock);
  // An address above 2 GiB is negative as an int32 here; the kernels read it as unsigned again.
  const given: Settings = Object.fromEntries(settings.map((name, i) => [name, words[SETTINGS + i]!]));
  for (;;) {
    const seen = Atomics.load(words, NEXT), next = seen & (MOST_BLOCKS - 1);
    if (seen - next !== turn << BLOCK_BITS || next >= count) return;
    if (Atomics.compareExchange(words, NEXT, seen, seen + 1) !== seen) continue;
    try {
      const end = Math.min(parts, (next + 1) * perBlock);
      for (let i = next * perBlock; i < end; i++) part(kernels, given, i, thread);
    } catch {
      Atomics.store(words, FAILED, 1);
    }
    Atomics.add(words, FINISHED, 1);
    Atomics.notify(words, FINISHED);
  }
}

/** Does a job together with the threads that are awake; returns when all is done. */
export function together(
  kernels: Kernels,
  words: Int32Array,
  job: JobName,
  settings: Settings,
  parts: number,
): void {
  const perBlock = Math.ceil(parts / MANY_BLOCKS), blocks = Math.ceil(parts / perBlock);
  const turn = words[TURN]! + 1;
  // While the settings change, no thread may take the new job for the last one.
  Atomics.store(words, NEXT, turn << BLOCK_BITS | MOST_BLOCKS - 1);
  words[JOB] = jobNames.indexOf(job);
  Atomics.store(words, PARTS, parts);
  words[PER_BLOCK] = perBlock;
  (jobs[job].settings as readonly string[]).forEach((name, i) => {
    const value = settings[name];
    if (value === undefined) throw new TypeError(`The job ${job} needs ${name}`);
    words[SETTINGS + i] = value;
  });
  words[FAILED] = 0;
  Atomics.store(words, FINISHED, 0);
  Atomics.store(words, NEXT, turn << BLOCK_BITS);
  Atomics.store(words, TURN, turn);
  if (blocks > 1) Atomics.notify(words, TURN);
  takeBlocks(kernels, words, turn, 0);
  for (let looks = 0;; looks++) {
    const finished = Atomics.load(words, FINISHED);
    if (finished === blocks) break;
    if (looks > PATIENCE) Atomics.wait(words, FINISHED, finished);
  }
  if (words[FAILED]) throw new Error(`A thread of the wasm backend failed in a job (${job})`);
}

/** What each of the other threads runs: it waits for a job, does its blocks, and waits again. */
export function serve(shared: Shared, thread: number): never {
  const kernels = instantiate(shared), { words } = shared;
  for (let last = 0;;) {
    let turn = Atomics.load(words, TURN);
    for (let looks = 0; turn === last; looks++, turn = Atomics.load(words, TURN)) {
      if (looks > PATIENCE) Atomics.wait(words, TURN, last);
    }
    last = turn;
    takeBlocks(kernels, words, turn, thread);
  }
}
