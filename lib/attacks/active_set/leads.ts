import { leadOf, type Victim } from "../../judge/mod.ts";
import { type Labels, tf } from "../../tensor/mod.ts";
import { cut, free, joined, type StatePart } from "./state_parts.ts";

/** How many images at a time are asked about; it does not pay for fewer. */
export const AT_ONCE = 32;

/** The leads in the states, of the images before the last step; above 0 the image has fallen. */
export async function carriedLeads(parts: readonly StatePart[]): Promise<number[]> {
  const each = parts.map(async ({ rows, state }) => {
    const values = await state["lead"]!.data();
    return rows.map((_, i) => values[i]!);
  });
  return (await Promise.all(each)).flat();
}

/** What the victim says of all images; above 0 is fallen. */
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

/** What the victim says of some images, always of as many at a time, so that it takes no graph of another size. */
export async function leadsOfSome(
  victim: Victim,
  parts: readonly StatePart[],
  places: readonly number[],
  { size, isTargeted }: { readonly size: number; readonly isTargeted: boolean },
): Promise<number[]> {
  const atOnce = Math.min(AT_ONCE, size);
  const sizes = new Array<number>(Math.ceil(places.length / atOnce)).fill(atOnce);
  const names = ["images", "labels", ...(isTargeted ? ["targets"] : [])];
  const some = tf.tidy(() => cut(joined(parts, names), { places, rows: places, sizes }));
  try {
    return await leadsBy(victim, some, isTargeted);
  } finally {
    free(some);
  }
}

/** Finds images that are likely to have fallen by the last step, of which the states' leads know nothing yet. */
export function forecast(): (rows: readonly number[], leads: readonly number[]) => readonly number[] {
  const before = new Map<number, number>();
  return (rows, leads) => {
    // If the lead rose again as it last did.
    const likely = leads.flatMap((now, i) => now <= 0 && 2 * now - before.get(rows[i]!)! > 0 ? [i] : []);
    rows.forEach((row, i) => before.set(row, leads[i]!));
    return likely;
  };
}
