import { dirname } from "node:path";
import { DiskError, diskError } from "./disk_error.ts";

/** How {@linkcode withLock} waits. */
export interface LockOptions {
  /** Stops the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Is told once that another process has the lock. */
  readonly waits?: () => void;
}

const BUTTON = Symbol.for("gcln.stop");

/** Milliseconds between two looks at a lock that another process has. */
const EVERY = 100;

/**
 * Does some work while no other process does work under the same lock.
 *
 * The lock is one of the system (flock) on a file: the kernel takes it back when the process ends, however it ends. Where a
 * folder can't be written, or its file system has no locks, the work is done without one.
 *
 * @param path The file of the lock. It is made, and removed afterwards.
 * @param work The work. It must look itself what another process has done meanwhile.
 * @throws {DOMException} `AbortError`, when `signal` fires while it waits.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { withLock } from "@gcln/kit/files";
 *
 * const folder = await Deno.makeTempDir(), order: number[] = [];
 * await Promise.all([1, 2].map((i) =>
 *   withLock(`${folder}/lock`, async () => {
 *     order.push(i);
 *     await new Promise((resolve) => setTimeout(resolve, 10));
 *     order.push(i);
 *   })
 * ));
 * assertEquals(order[0], order[1]); // the one, then the other
 * assertEquals(order[2], order[3]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { signal, waits }: LockOptions = {},
): Promise<T> {
  let hasWaited = false;
  while (true) {
    const file = await opened(path);
    if (file === undefined) return await work();
    try {
      const taken = await file.tryLock(true).catch(() => undefined);
      if (taken === undefined) return await work(); // this file system has no locks
      if (taken && await isStill(file, path)) {
        held.add(file);
        try {
          return await work();
        } finally {
          await Deno.remove(path).catch(() => {}); // before it is let go: who waits sees that it is another file
        }
      }
      if (!taken && !hasWaited) {
        hasWaited = true;
        waits?.();
      }
    } finally {
      if (!released.has(file)) file.close();
      held.delete(file);
    }
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    signal?.throwIfAborted();
  }
}

/** The files of the locks that this program has, and of those that it has let go before the work was done. */
const held = new Set<Deno.FsFile>(), released = new WeakSet<Deno.FsFile>();

/** Lets all locks of this program go. For work that was ended in the middle: else the same cell would wait for itself. */
function releaseLocks(): void {
  for (const file of held) {
    released.add(file);
    file.close();
  }
  held.clear();
}

// lib/tensor's StopButton, which lib/files can't import.
(globalThis as { [BUTTON]?: { readonly repairs: Set<() => void> } })[BUTTON]?.repairs.add(releaseLocks);

/** Whether another process has a lock now. */
export async function isLocked(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true, write: true });
    return !await file.tryLock(true);
  } catch {
    return false; // there is none
  }
}

/** The file of a lock; undefined where none can be made. */
async function opened(path: string): Promise<Deno.FsFile | undefined> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, { create: true, write: true });
  } catch (error) {
    if (diskError(path, error) instanceof DiskError) return undefined;
    throw error;
  }
}

/** Whether an open file is the one at a path, and was not removed by who had the lock before. */
async function isStill(file: Deno.FsFile, path: string): Promise<boolean> {
  const [mine, there] = await Promise.all([file.stat(), Deno.stat(path).catch(() => undefined)]);
  return there !== undefined && mine.ino === there.ino && mine.dev === there.dev;
}
