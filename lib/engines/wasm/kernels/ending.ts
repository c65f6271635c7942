import { block, type Code, get, int, type Local, set, vector, when } from "../assembler.ts";
import { zero } from "./loops.ts";

/** How a convolution ends: all of them 0 where they are not wanted. */
export interface Ending {
  /** Whether what is below 0 becomes 0. */
  readonly relu: Local;
  /** From where a number is stored to where one is that is added before that. */
  readonly add: Local;
  /** And to where one is that must be positive, else it becomes 0. */
  readonly mask: Local;
}

/** Finishes vectors that are going to be stored at an address and an offset. */
export function finished(
  values: readonly (readonly [value: Local, address: Local, offset: number])[],
  { relu, add, mask }: Ending,
): Code {
  const other = (by: Local, address: Local, offset: number) =>
    vector.load(int.add(get(address), get(by)), offset);
  const all = (make: (value: Local, address: Local, offset: number) => Code): Code =>
    block(...values.map(([value, address, offset]) => set(value, make(value, address, offset))));
  return block(
    when(get(add), all((value, address, offset) => vector.add(get(value), other(add, address, offset)))),
    when(get(relu), all((value) => vector.larger(get(value), zero))),
    when(
      get(mask),
      all((value, address, offset) =>
        vector.and(get(value), vector.greater(other(mask, address, offset), zero))
      ),
    ),
  );
}
