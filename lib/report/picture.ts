import type { Displayed } from "./display.ts";

/** A picture that a notebook shows. */
export interface Picture extends Displayed {
  /** The PNG file. */
  readonly png: Uint8Array;
  /** The width in pixels. */
  readonly width: number;
  /** The height in pixels. */
  readonly height: number;
  /** A description of the picture in words. */
  readonly alt: string;
}
