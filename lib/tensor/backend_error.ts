/** An engine that can't be had here; the message says why. */
export class BackendError extends Error {
  /** For messages, and for telling it apart. */
  override readonly name = "BackendError";
}
