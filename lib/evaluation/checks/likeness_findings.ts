import type { Finding } from "./finding.ts";
import type { Likeness, LikenessResult, Mean } from "../likeness.ts";
import { inPercent } from "./words.ts";

/** From this overlap with another image's heat on, heat maps can't tell images apart. */
const INDISTINCT = 0.75;

/**
 * Reasons to doubt that cleaning brings back what a network sees, as Figure 2 shows it.
 *
 * What is seen counts as lost where the cleaned images' feature maps are further from the originals' than half way from
 * the best that cleaning can do to another image's, or their heat is, by the ends of the intervals.
 *
 * @param result The numbers, their findings not yet in them.
 * @returns Serious where cleaning makes the feature maps noisier than the attack has left them, else a warning, attack by
 * attack; and a warning where the heat tells nothing of any image.
 */
export function likenessFindings(result: Omit<LikenessResult, "findings">): Finding[] {
  const { row, layers, untouched, unrelated, attacks } = result;
  const best = lookedAt(untouched, layers), nothing = lookedAt(unrelated, layers);
  const isDistinct = nothing.overlap.mean < INDISTINCT;
  const lost = Object.entries(attacks).flatMap(([column, { attacked, cleaned }]): Finding[] => {
    const before = lookedAt(attacked, layers), after = lookedAt(cleaned, layers);
    const mapsLost = after.distance.interval[0] > halfWay(best.distance, nothing.distance);
    const heatLost = isDistinct && after.overlap.interval[1] < halfWay(best.overlap, nothing.overlap);
    if (!mapsLost && !heatLost) return [];
    const isNoisier = after.distance.interval[0] > before.distance.interval[1];
    const does = isNoisier
      ? "makes the feature maps noisier instead of restoring them"
      : "doesn't bring back what the classifier sees";
    const away = (seen: LookedAt) => seen.distance.mean.toFixed(2);
    const same = (seen: LookedAt) => inPercent(seen.overlap.mean);
    const right = cleaned.accuracy === undefined
      ? ""
      : ` ${inPercent(cleaned.accuracy)} are classified right.`;
    return [{
      severity: isNoisier ? "serious" : "warning",
      message:
        `${row}: under ${column}, cleaning ${does}. ${layers.maps} of the cleaned images is ${away(after)} ` +
        `away from the originals' (${away(before)} before cleaning, ${away(best)} without an attack, ` +
        `${away(nothing)} of another image). Grad-CAM at ${layers.heat} overlaps with the originals' by ` +
        `${same(after)} (${same(best)} without an attack, ${same(nothing)} of another image).${right}`,
      remedy:
        "Do not read feature maps that are restored under another attack as robustness: look at this one's.",
      about: { row, column, source: "measured" },
    }];
  });
  return isDistinct ? lost : [...lost, {
    severity: "warning",
    message: `Grad-CAM at ${layers.heat} can't tell images apart: another image's overlaps by ${
      inPercent(nothing.overlap.mean)
    }.`,
    remedy: "Look at an earlier layer, whose maps have more pixels.",
    about: { row, source: "measured" },
  }];
}

/** What a picture shows of a likeness. */
interface LookedAt {
  readonly distance: Mean;
  readonly overlap: Mean;
}

function lookedAt({ distances, overlaps }: Likeness, { maps, heat }: LikenessResult["layers"]): LookedAt {
  return { distance: distances[maps]!, overlap: overlaps[heat]! };
}

function halfWay(a: Mean, b: Mean): number {
  return (a.mean + b.mean) / 2;
}
