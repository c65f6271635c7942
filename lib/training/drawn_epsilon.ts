import { checkSettings, type Settings, size, word } from "../kinds/mod.ts";
import { type Random, random } from "../tensor/mod.ts";

/**
 * An ε that is drawn for each batch or image of adversarial training, so that a network does not learn one size of attack
 * (Kurakin et al. 2017): |N(0, deviation²)|, drawn again where it is above the ε of the attack's ball.
 */
export interface DrawnEpsilon {
  /** The standard deviation, in the units of the ball. */
  readonly deviation: number;
  /** What has an ε of its own. */
  readonly for: "batch" | "image";
}

const settings: Settings = {
  deviation: size({ above: 0 }),
  for: word(["batch", "image"]),
};

/** Throws if a drawn ε is not allowed. */
export function checkDrawnEpsilon(drawn: DrawnEpsilon): void {
  checkSettings("a drawn epsilon", settings, drawn, ["deviation", "for"]);
}

/**
 * One ε for each image of a batch.
 *
 * @param drawn How they are drawn.
 * @param most The largest one that is allowed.
 * @param count How many images there are.
 * @param seed Fixes the draw.
 */
export function drawEpsilons(
  { deviation, for: of }: DrawnEpsilon,
  most: number,
  count: number,
  seed: number,
): readonly number[] {
  const next = random(seed);
  if (of === "image") return Array.from({ length: count }, () => draw(next, deviation, most));
  return Array<number>(count).fill(draw(next, deviation, most));
}

/** The size of a normal number that is not above `most`. */
function draw(next: Random, deviation: number, most: number): number {
  for (;;) { // ends, since even a narrow interval around 0 is hit now and then
    const size = deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.abs(Math.cos(2 * Math.PI * next()));
    if (size <= most) return size;
  }
}

/**
 * The steps that an iterated attack takes for an ε that is k times its step size: ⌊min(k + 4, 1.25 k)⌋ (Kurakin et al. 2017).
 *
 * @param epsilon ε.
 * @param stepSize The size of a step, in the same units.
 */
export function stepsWithin(epsilon: number, stepSize: number): number {
  const radii = epsilon / stepSize;
  return Math.floor(Math.min(radii + 4, 1.25 * radii) + 1e-9); // 8 / 255 of 1 / 255 may be a little less than 8
}
