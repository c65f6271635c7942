import { type Images, tf } from "../../tensor/mod.ts";
import { type AttackState, type Carried, select } from "../steps/iterated.ts";
import { padding, type Part } from "./parts.ts";
import { costOf, partSizes } from "./sizes.ts";

/** A part of the images that still stand: row i of the state's tensors is row `rows[i]` of the batch, then comes padding. */
export type StatePart = {
  /** The rows of these images in the batch. */
  readonly rows: number[];
  /** The state of the attack on them. */
  readonly state: AttackState & Carried;
};

/** Receives attacked images that are finished, with the verdict on each. */
export type PutAway = (part: Part, fallen: readonly boolean[]) => void;

/** Frees the states. */
export function free(parts: readonly StatePart[]): void {
  tf.dispose(parts.map(({ state }) => Object.values(state)));
}

/** Options of {@linkcode cut}. */
export interface Cut {
  /** The indices of the images in the state. */
  readonly indices: readonly number[];
  /** The rows of the images in the batch. */
  readonly rows: readonly number[];
  /** The sizes of the parts; only the last part has padding. */
  readonly sizes: readonly number[];
}

/** Cuts a state into parts with new tensors. */
export function cut(state: AttackState, { indices, rows, sizes }: Cut): StatePart[] {
  let from = 0;
  return sizes.map((count) => {
    const [start, end] = [from, from += count], some = padding(indices.slice(start, end), count);
    return { rows: rows.slice(start, end), state: select(state, some) as AttackState & Carried };
  });
}

/** Joins the named tensors of all parts. Only the last part has padding, so the padding is at the end. */
export function joined(parts: readonly StatePart[], names: readonly string[]): AttackState {
  const all = (name: string) => tf.concat(parts.map(({ state }) => state[name]!));
  return Object.fromEntries(names.map((name) => [name, all(name)])) as unknown as AttackState;
}

/** Options of {@linkcode dropFallen}. */
export interface DropOptions {
  /** Whether each image has fallen, for all rows of the parts in order. */
  readonly fallen: readonly boolean[];
  /** The largest batch size. */
  readonly size: number;
  /** `at once` if the attack would move fallen images; `it pays`: when the smaller batches take less time. */
  readonly when: "at once" | "it pays";
}

/** Hands fallen images over, and returns the others in parts of good sizes; frees the old parts. */
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
      left: cut(all, { indices: stay!, rows: of(stay!), sizes }),
      images: all.images.gather<Images>(gone!),
    };
  });
  putAway({ rows: of(gone!), images }, gone!.map(() => true));
  free(parts);
  return left;
}
