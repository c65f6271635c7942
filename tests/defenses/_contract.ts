import type { Defense, DefenseRow, Profile } from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";

/** Numbers of images, which decide how long a network trains, are at most this; widths at most that. */
const MOST_IMAGES = 128, MOST_WIDTH = 4;

/**
 * A profile for a look at every defense: that of the quick tables with budgets so small that no network takes more than
 * seconds, whichever fields a profile has. Only the target classifier learns to read.
 */
export const contract: Profile = {
  ...shrunk(profiles.quick) as Profile,
  name: "contract",
  network: { width: 8, stem: 2 },
  images: 12_000,
  alpha: 0.05,
  attacks: {},
};

function shrunk(value: unknown, name = ""): unknown {
  if (typeof value === "number") {
    if (name === "width") return Math.min(value, MOST_WIDTH);
    return value >= 1000 ? MOST_IMAGES : value;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shrunk(field, name)]));
}

/** A row with no more settings than the defense insists on. */
export function leastRow(defense: Defense): DefenseRow {
  const given = defense.required.map((name) => {
    const { wanted, accepts } = defense.settings[name]!;
    const words = [...wanted.matchAll(/"([^"]+)"/g)].map(([, word]) => word);
    const value = [10 / 255, 0.5, 1, 2, 4, 10, ...words, true].find(accepts);
    if (value === undefined) {
      throw new Error(`No value is known that ${defense.name} takes for ${name}: ${wanted}`);
    }
    return [name, value] as const;
  });
  return (defense as (settings: object) => DefenseRow)(Object.fromEntries(given));
}
