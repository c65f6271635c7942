/** A piece of work that threads do together: it is cut into parts that any of them may take. */

/** The compiled kernels; some return a number. */
export type Kernels = Readonly<Record<string, (...sizes: number[]) => number>>;

/** Addresses (in bytes), counts and sizes (in pixels or channels), by name. */
export type Settings<Name extends string = string> = Readonly<Record<Name, number>>;

/** A job: the names of its settings, in the order in which they are handed over, and the work of one part. */
export interface Job<Name extends string> {
  readonly settings: readonly Name[];
  readonly part: (kernels: Kernels, settings: Settings<Name>, part: number, thread: number) => void;
}

/** A job by its settings and the work of one part. */
export function job<const Name extends string>(
  settings: readonly Name[],
  part: Job<Name>["part"],
): Job<Name> {
  return { settings, part };
}
