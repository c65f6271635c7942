/** Refuses a quantization step that is none. */
export function checkStep(q: number): void {
  if (!(q > 0 && Number.isFinite(q))) throw new RangeError(`The quantization step must be > 0: got ${q}`);
}
