import { HALF_A_LEVEL, LEAST_LOG_SCALE, moveOf, partsIn } from "./log_likelihood.ts";

/** Where a pixel may move: each channel by so many grey levels, and within 0 to 255. */
export interface Near {
  /** Grey levels of the images as they were. */
  readonly original: Uint8Array;
  /** Where the pixel's first channel stands. */
  readonly at: number;
  /** How many grey levels. */
  readonly reach: number;
}

/** Between these e^u is a number of float64, and so it is 256 grey levels further up. */
const LEAST = -600, MOST = 200;

/** For one pixel after the other the likeliest values of its channels; its memory is used again for each. */
export class Likeliest {
  readonly #channels: number;
  readonly #parts: number;
  readonly #weights: Float64Array;
  readonly #means: Float64Array;
  readonly #steepness: Float64Array;
  readonly #scores = new Float64Array(256);

  /**
   * @param numbers How many numbers describe a pixel's distribution.
   * @param channels Of the images.
   */
  constructor(numbers: number, channels: number) {
    this.#channels = channels;
    this.#parts = partsIn(numbers, channels);
    this.#weights = new Float64Array(this.#parts);
    this.#means = new Float64Array(this.#parts);
    this.#steepness = new Float64Array(this.#parts);
  }

  /**
   * The greedy choice of PixelDefend for one pixel: channel by channel the likeliest of the allowed grey levels, given the
   * channels before it. Of equals it is the darkest.
   *
   * @param numbers What the network says; the pixel's begin at `at`.
   * @param near Which grey levels are allowed.
   * @param chosen Gets the grey levels, from `to` on.
   */
  choose(numbers: Float32Array, at: number, near: Near, chosen: Uint8Array, to: number): void {
    const parts = this.#parts, channels = this.#channels, weights = this.#weights;
    let largest = -Infinity;
    for (let k = 0; k < parts; k++) largest = Math.max(largest, numbers[at + k]!);
    for (let k = 0; k < parts; k++) weights[k] = Math.exp(numbers[at + k]! - largest);
    for (let channel = 0; channel < channels; channel++) {
      const original = near.original[near.at + channel]!;
      const from = Math.max(0, original - near.reach), last = Math.min(255, original + near.reach);
      this.#place(numbers, at, channel, chosen, to);
      const best = this.#best(from, last);
      chosen[to + channel] = best;
      if (channel < channels - 1) this.#reweigh(best);
    }
  }

  /** Puts each part's logistic for a channel where the channels before it move it. */
  #place(numbers: Float32Array, at: number, channel: number, chosen: Uint8Array, to: number): void {
    const parts = this.#parts, channels = this.#channels, moves = at + (1 + 2 * channels) * parts;
    for (let k = 0; k < parts; k++) {
      let mean = numbers[at + (1 + channel) * parts + k]!;
      for (let before = 0; before < channel; before++) {
        const move = Math.tanh(numbers[moves + moveOf(channel, before) * parts + k]!);
        mean += move * (chosen[to + before]! / 127.5 - 1);
      }
      this.#means[k] = mean;
      const logScale = numbers[at + (1 + channels + channel) * parts + k]!;
      this.#steepness[k] = Math.exp(-Math.max(logScale, LEAST_LOG_SCALE));
    }
  }

  /** The likeliest grey level of a range. */
  #best(from: number, last: number): number {
    const scores = this.#scores;
    scores.fill(0, from, last + 1);
    for (let k = 0; k < this.#parts; k++) {
      const weight = this.#weights[k]!, steepness = this.#steepness[k]!;
      // From one level to the next the odds of being below it, e^u, grow by the same factor.
      const factor = Math.exp(2 * HALF_A_LEVEL * steepness), between = weight * (factor - 1);
      let odds = Math.exp(within((from / 127.5 - 1 - HALF_A_LEVEL - this.#means[k]!) * steepness));
      let not = 1 / (1 + odds), level = from;
      if (level === 0) {
        odds *= factor;
        not = 1 / (1 + odds);
        scores[level++]! += weight * odds * not;
      }
      for (const end = Math.min(last, 254); level <= end; level++) {
        const next = odds * factor, notNext = 1 / (1 + next);
        // σ(b) − σ(a) = e^a (e^(b − a) − 1) / ((1 + e^a) (1 + e^b))
        scores[level]! += odds * not * between * notNext;
        odds = next;
        not = notNext;
      }
      if (level <= last) scores[level]! += weight * not;
    }
    let best = from;
    for (let level = from + 1; level <= last; level++) if (scores[level]! > scores[best]!) best = level;
    return best;
  }

  /** Bayes: a part that thought the chosen value likely weighs more for the channels that follow. */
  #reweigh(level: number): void {
    const weights = this.#weights;
    let largest = 0;
    for (let k = 0; k < this.#parts; k++) {
      const steepness = this.#steepness[k]!, away = level / 127.5 - 1 - this.#means[k]!;
      const low = Math.exp(within((away - HALF_A_LEVEL) * steepness));
      const high = Math.exp(within((away + HALF_A_LEVEL) * steepness));
      if (level === 0) weights[k]! *= high / (1 + high);
      else if (level === 255) weights[k]! *= 1 / (1 + low);
      else weights[k]! *= low / (1 + low) * (Math.exp(2 * HALF_A_LEVEL * steepness) - 1) / (1 + high);
      largest = Math.max(largest, weights[k]!);
    }
    if (largest === 0) weights.fill(1);
    else for (let k = 0; k < this.#parts; k++) weights[k]! /= largest;
  }
}

function within(u: number): number {
  return Math.min(Math.max(u, LEAST), MOST);
}
