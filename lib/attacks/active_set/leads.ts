import { leadOf, type Victim } from "../../judge/mod.ts";
import { type Labels, tf } from "../../tensor/mod.ts";
import { cut, free, joined, type StatePart } from "./state_parts.ts";

/** The batch size for extra questions to the victim. Fewer images are not worth one. */
export const AT_ONCE = 32;

/** The leads in the states, of the images before the last step; above 0 the image has fallen. */
export async function carriedLeads(parts: readonly StatePart[]): Promise<number[]> {
  const each = parts.map(async ({ rows, state }) => {
    const values = await state["lead"]!.data();
    return rows.map((_, i) => values[i]!);
  });
  return (await Promise.all(each)).flat();
}

/** The victim's leads of all images; above 0 the image has fallen. */
export async function leadsBy(
  victim: Victim,
  parts: readonly StatePart[],
  isTargeted: boolean,
): Promise<number[]> {
  const each = parts.map(async ({ rows, state: { images, labels, targets } }) => {
    const over = leadOf(victim, images, labels, isTargeted ? targets as Labels : undefined);
    try {
      const values = await over.data();
      return rows.map((_, i) => values[i]!);
    } finally {
      over.dispose();
    }
  });
  return (await Promise.all(each)).flat();
}

/** The victim's leads of some images, in batches of one size, so that no graph of another size is compiled. */
export async function leadsOfSome(
  victim: Victim,
  parts: readonly StatePart[],
  indices: readonly number[],
  { size, isTargeted }: { readonly size: number; readonly isTargeted: boolean },
): Promise<number[]> {
  const atOnce = Math.min(AT_ONCE, size);
  const sizes = new Array<number>(Math.ceil(indices.length / atOnce)).fill(atOnce);
  const names = ["images", "labels", ...(isTargeted ? ["targets"] : [])];
  const some = tf.tidy(() => cut(joined(parts, names), { indices, rows: indices, sizes }));
  try {
    return await leadsBy(victim, some, isTargeted);
  } finally {
    free(some);
  }
}

/** Predicts which images have fallen in the last step. The leads in the states are from before that step. */
export function forecast(): (rows: readonly number[], leads: readonly number[]) => readonly number[] {
  const before = new Map<number, number>();
  return (rows, leads) => {
    // If the lead rose again as it last did.
    const likely = leads.flatMap((now, i) => now <= 0 && 2 * now - before.get(rows[i]!)! > 0 ? [i] : []);
    rows.forEach((row, i) => before.set(row, leads[i]!));
    return likely;
  };
}
