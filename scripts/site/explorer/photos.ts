import { fileURLToPath } from "node:url";
import sharp from "sharp";

/** A photo of the page, cut to a square and scaled to 32 × 32 pixels. */
export interface Photo {
  readonly file: string;
  /** Its class among those of CIFAR-10. */
  readonly label: string;
  /** What it shows, for those who can't see it. */
  readonly name: string;
  /** Who took it, and why it is free. */
  readonly source: string;
}

const GETTY = "Public domain; the file is from the Getty's Open Content Program, by way of stdlib.io (CC0).";

/** Photos that are free for every use. CIFAR-10's own images are of unknown owners, so the kit has none of them. */
export const photos: readonly Photo[] = [
  {
    file: "cat.png",
    label: "cat",
    name: "A cat's face",
    source: "The cat Chelsea, by Stéfan van der Walt (CC0), from scikit-image.",
  },
  {
    file: "cat_walking.png",
    label: "cat",
    name: "A walking cat from the side",
    source: `A cat, by Eadweard Muybridge, 1887. ${GETTY}`,
  },
  {
    file: "airplane.png",
    label: "airplane",
    name: "An airplane from above",
    source: `An airplane, by Fédèle Azari, 1914 to 1929. ${GETTY}`,
  },
  {
    file: "ship.png",
    label: "ship",
    name: "A ship in a harbour",
    source: `Boats in Nagasaki, by Felice Beato, 1865. ${GETTY}`,
  },
];

/** The pixels of a photo, row by row, red, green and blue. */
export async function photoPixels(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = fileURLToPath(new URL(`./photos/${file}`, import.meta.url));
  return new Uint8Array(await sharp(path).removeAlpha().raw().toBuffer());
}
