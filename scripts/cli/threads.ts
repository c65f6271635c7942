/**
 * The environment for each of several processes that compute at the same time: all of them together use as many threads as
 * there are cores. Empty for one process.
 */
export function sharedThreads(processes: number): Readonly<Record<string, string>> {
  if (processes <= 1) return {};
  const threads = `${Math.max(1, Math.floor(navigator.hardwareConcurrency / processes))}`;
  return { TF_NUM_INTRAOP_THREADS: threads, OMP_NUM_THREADS: threads };
}
