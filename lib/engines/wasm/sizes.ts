/** What all kernels and jobs count in. */

/** Bytes of a number, and how many make a vector. */
export const FLOAT = 4, LANES = 4;

/** Winograd's tiles: the sides of those of the output and of the input, and the points of their transforms. */
export const INNER = 4, TILE = 6, POINTS = 36;

/** Winograd's tiles are worked on together, a multiple of so many. */
export const GROUP = 4;

/** The columns of a packed filter's panels: 8, or 4 where there are no more channels than that. */
export function panelWidth(channels: number): number {
  return channels <= LANES ? LANES : 2 * LANES;
}

/** Channels with those that fill up the last panel. */
export function padded(channels: number): number {
  const width = panelWidth(channels);
  return Math.ceil(channels / width) * width;
}

/** Channels as often as they need to fill vectors. */
export function repeated(channels: number): number {
  return channels % LANES === 0 ? channels : channels % 2 === 0 ? 2 * channels : LANES * channels;
}
