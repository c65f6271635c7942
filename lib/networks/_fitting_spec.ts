import { architectures } from "./define_architecture.ts";
import type { ArchitectureSpec, Network } from "./architecture.ts";
import { isFit, type Reading } from "./_matched_names.ts";
import type { tf } from "../tensor/mod.ts";

/** The spec of another network that a file fits, with its sizes taken from the file; nothing where there is none. */
export function fittingSpec(read: Reading): ArchitectureSpec | undefined {
  return architectures.all().flatMap(({ name, settings }) => {
    const smallest = { architecture: name, channels: 1, width: 1, classes: 2, stem: 1 } as const;
    const known = (spec: ArchitectureSpec) =>
      Object.fromEntries(
        Object.entries(spec).filter(([key]) => key in settings),
      ) as unknown as ArchitectureSpec;
    const names = made(known(smallest))?.declarations.map(({ name }) => name) ?? [];
    const [out, channels] = read.entries.get(names[0]!)?.shape ?? []; //  [width, channels, h, w]
    const [classes] = read.entries.get(names.at(-1)!)?.shape ?? []; //    the last bias, [classes]
    if (out === undefined || channels === undefined || classes === undefined) return [];
    const spec = known({ ...smallest, width: out, channels, classes });
    const network = made(spec);
    return network !== undefined && isFit(read, network.declarations) ? [spec] : [];
  })[0];
}

/** The network of a spec, unless the file's sizes make none, or the architecture wants what a file cannot say. */
function made(spec: ArchitectureSpec): Network<tf.Tensor> | undefined {
  try {
    return architectures.named(spec.architecture)(spec);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}
