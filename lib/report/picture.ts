import type { Displayed } from "./display.ts";

/** A picture that shows itself in a notebook. */
export interface Picture extends Displayed {
  /** The PNG file. */
  readonly png: Uint8Array;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** What is to be seen, in words. */
  readonly alt: string;
}
