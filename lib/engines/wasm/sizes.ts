/** The sizes that all kernels and jobs share. */

/** Bytes of a number, and how many make a vector. */
export const FLOAT = 4, LANES = 4;

/** Winograd's tiles: the sides of those of the output, of the input and of the filter, and the points of their transforms. */
export const INNER = 4, TILE = 6, TAPS = 3, POINTS = TILE * TILE;

/** Tiles that the fastest kernel takes at a time. */
export const GROUP = 6;

/** The columns of a packed filter's panels: 8, or 4 where there are no more channels than that. */
export function panelWidth(channels: number): number {
  return channels <= LANES ? LANES : 2 * LANES;
}

/** Channels with the zeros that fill the last panel. */
export function padded(channels: number): number {
  const width = panelWidth(channels);
  return Math.ceil(channels / width) * width;
}

/** How many numbers it takes until channels, repeated, fill whole vectors. */
export function repeated(channels: number): number {
  return channels % LANES === 0 ? channels : channels % 2 === 0 ? 2 * channels : LANES * channels;
}
