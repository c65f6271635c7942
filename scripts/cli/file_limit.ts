/**
 * A file that would grow beyond the limit of the shell (`ulimit -f`) or of a queue ends a process by the signal SIGXFSZ, without
 * a word. Where the signal has a listener, the write fails instead, and its error says which file is too large.
 */
export function failOnLargeFiles(): void {
  try {
    Deno.addSignalListener("SIGXFSZ", () => {});
  } catch {
    // Windows knows no such signal.
  }
}
