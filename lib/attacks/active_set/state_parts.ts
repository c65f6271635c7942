import { type Images, tf } from "../../tensor/mod.ts";
import { type AttackState, type Carried, select } from "../steps/iterated.ts";
import { padding, type Part } from "./parts.ts";
import { costOf, partSizes } from "./sizes.ts";

/** A part of the images that still stand: row i of the state's tensors is row `rows[i]` of the batch, then comes padding. */
export type StatePart = {
  /** Which images of the batch these are. */
  readonly rows: number[];
  /** Where the attack on them stands. */
  readonly state: AttackState & Carried;
};

/** Takes an attacked image that is done, with the verdict on it. */
export type PutAway = (part: Part, fallen: readonly boolean[]) => void;

/** Frees the states. */
export function free(parts: readonly StatePart[]): void {
  tf.dispose(parts.map(({ state }) => Object.values(state)));
}

/** Which images {@linkcode cut} takes. */
export interface Cut {
  /** Where in the state they are. */
  readonly places: readonly number[];
  /** Which of the batch they are. */
  readonly rows: readonly number[];
  /** How large the parts are; the last one has padding. */
  readonly sizes: readonly number[];
}

/** Parts of a state's images; new tensors. */
export function cut(state: AttackState, { places, rows, sizes }: Cut): StatePart[] {
  let from = 0;
  return sizes.map((count) => {
    const [start, end] = [from, from += count], some = padding(places.slice(start, end), count);
    return { rows: rows.slice(start, end), state: select(state, some) as AttackState & Carried };
  });
}

/** The state of all parts, or some of its tensors. Only the last part has padding, so it comes last. */
export function joined(parts: readonly StatePart[], names: readonly string[]): AttackState {
  const all = (name: string) => tf.concat(parts.map(({ state }) => state[name]!));
  return Object.fromEntries(names.map((name) => [name, all(name)])) as unknown as AttackState;
}

/** How {@linkcode dropFallen} goes about it. */
export interface DropOptions {
  /** Which have fallen, of all rows of the parts in order. */
  readonly fallen: readonly boolean[];
  /** Images at a time. */
  readonly size: number;
  /** Fallen images leave at once where the attack would move them on, else when the rest is less work then. */
  readonly when: "at once" | "it pays";
}

/** Puts fallen images away, and returns what is left in parts of good sizes; frees the old parts. */
export function dropFallen(
  parts: readonly StatePart[],
  { fallen, size, when }: DropOptions,
  putAway: PutAway,
): StatePart[] {
  const rows = parts.flatMap(({ rows }) => rows);
  const [stay, gone] = [false, true].map((wanted) => rows.flatMap((_, i) => fallen[i] === wanted ? [i] : []));
  const sizes = partSizes(stay!.length, size), now = parts.map(({ state }) => state.images.shape[0]);
  if (when === "it pays" && costOf(sizes) >= costOf(now)) return [...parts];
  const of = (some: readonly number[]) => some.map((i) => rows[i]!);
  const { left, images } = tf.tidy(() => {
    const all = joined(parts, Object.keys(parts[0]!.state));
    return {
      left: cut(all, { places: stay!, rows: of(stay!), sizes }),
      images: all.images.gather<Images>(gone!),
    };
  });
  putAway({ rows: of(gone!), images }, gone!.map(() => true));
  free(parts);
  return left;
}
