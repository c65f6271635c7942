import type { Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Network } from "./architecture.ts";
import { type FileName, isFit, type Reading, readings } from "./_matched_names.ts";
import { ambiguous, misfit } from "./_misfit.ts";
import { tensorsOf } from "./read_safetensors.ts";
import type { NumberType } from "./_number_types.ts";
import { type Rename, renamed } from "./_renamed.ts";
import type { Entry } from "./_safetensors_file.ts";

/** The names of a file, as the caller has changed them. */
export function named(
  entries: readonly Entry[],
  wanted: readonly Declaration[],
  rename?: Rename,
): FileName[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const own = new Set(wanted.map(({ name }) => name));
  return renamed([...byName.keys()], rename).map(({ from, to }) => ({
    from,
    to,
    entry: byName.get(from)!,
    settled: from !== to && own.has(to),
  }));
}

/** The parameters that are wanted, by the one way in which the names of a file fit. */
export function matched(
  network: Network<tf.Tensor>,
  wanted: readonly Declaration[],
  names: readonly FileName[],
): Parameters {
  const ways = readings(names, network.otherNames ?? []), fits = ways.filter((way) => isFit(way, wanted));
  const [fit] = fits;
  if (fit === undefined) throw misfit(network, wanted, names, ways);
  // Names that fit as they stand are no guess; of others there must be one meaning only.
  const other = fit === ways[0] ? undefined : fits.find((way) => !isSame(way, fit, wanted));
  if (other !== undefined) throw ambiguous(network, wanted, [fit, other]);
  return tensorsOf(wanted.map(({ name }) => [name, floats(fit.entries.get(name)!)]));
}

function isSame(one: Reading, other: Reading, wanted: readonly Declaration[]): boolean {
  return wanted.every(({ name }) => one.entries.get(name) === other.entries.get(name));
}

function floats(entry: Entry): Entry {
  if (entry.numbers.floats) return { ...entry, numbers: finite(entry.numbers) };
  throw new TypeError(
    `Cannot use ${entry.name} as a parameter: it holds ${entry.type}, floats are wanted (a quantized network has to be saved in float32)`,
  );
}

/** The same type of numbers, which refuses NaN and infinity: a network that diverged, or overflowed in half precision. */
function finite(numbers: NumberType): NumberType {
  return {
    ...numbers,
    read(buffer) {
      const read = numbers.read(buffer), { values } = read;
      for (let i = 0; i < values.length; i++) {
        if (!Number.isFinite(values[i])) {
          throw new RangeError(`its number ${i} is ${values[i]}, weights of a network are finite`);
        }
      }
      return read;
    },
  };
}
