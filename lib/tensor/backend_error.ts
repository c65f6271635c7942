/** An engine does not start on this machine; the message says why. */
export class BackendError extends Error {
  /** For messages, and to recognise it. */
  override readonly name = "BackendError";
}
