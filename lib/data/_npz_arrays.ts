import type { DataError } from "./data_error.ts";
import { readNpyBytes } from "./_npy.ts";
import type { NumberArray } from "./number_array.ts";
import type { PixelsAndLabels } from "./own_kind.ts";
import { flatLabels, pixelsOf } from "./_pixels_of.ts";
import { readZip } from "./_zip.ts";

/** What people call the arrays of images and of labels, and the parts. */
const words = {
  images: ["images", "image", "x", "data"],
  labels: ["labels", "label", "y", "targets", "target"],
  train: ["train"],
  test: ["test", "val", "valid", "validation"],
} as const;

/** The images and labels of a part, and what their arrays are called. */
export interface NpzPair extends PixelsAndLabels {
  readonly shape: readonly [number, number, number];
  readonly called: { readonly images: string; readonly labels: string };
}

/** The arrays of a file, read when they are asked for. */
export class NpzArrays {
  readonly #entries: Map<string, () => NumberArray>;
  readonly #wrong: (what: string) => DataError;

  constructor(bytes: Uint8Array, wrong: (what: string) => DataError) {
    this.#wrong = wrong;
    this.#entries = new Map(
      readZip(bytes, wrong).filter(({ name }) => name.endsWith(".npy")).map(({ name, content }) => {
        const array = name.slice(0, -".npy".length);
        return [array, () => readNpyBytes(content(), (what) => wrong(`its array ${array}: ${what}`))];
      }),
    );
  }

  /** The images and labels of a part, or of a file without parts; undefined where there are none. */
  pair(part: "train" | "test" | undefined): NpzPair | undefined {
    const images = this.#find("images", part) ?? (part ? undefined : this.#find("arr_0")),
      labels = this.#find("labels", part) ?? (part ? undefined : this.#find("arr_1"));
    if (images === undefined || labels === undefined) {
      const lone = images ?? labels;
      if (lone === undefined) return undefined;
      const missing = images === undefined ? "images" : "labels";
      throw this.#wrong(`beside its array ${lone} it has none of ${missing}; it has ${this.described()}`);
    }
    const wrong = (name: string) => (what: string) => this.#wrong(`its array ${name} can't be used: ${what}`);
    const { shape, pixels } = pixelsOf(this.#read(images), wrong(images));
    const flat = flatLabels(this.#read(labels), wrong(labels));
    const [h, w, c] = shape, count = pixels.length / (h * w * c);
    if (flat.length !== count) {
      throw this.#wrong(`its array ${labels} has ${flat.length} labels for the ${count} images of ${images}`);
    }
    return { shape, pixels, labels: flat, called: { images, labels } };
  }

  /** The names of all arrays. */
  described(): string {
    return [...this.#entries.keys()].slice(0, 20).map((name) => JSON.stringify(name)).join(", ") ||
      "none at all";
  }

  #read(name: string): NumberArray {
    return this.#entries.get(name)!();
  }

  #find(what: "images" | "labels" | "arr_0" | "arr_1", part?: "train" | "test"): string | undefined {
    const known = what === "arr_0" || what === "arr_1" ? [what] : words[what];
    const wanted = part
      ? words[part].flatMap((part) => known.flatMap((word) => [`${word}_${part}`, `${part}_${word}`]))
      : known;
    for (const name of wanted) {
      const found = [...this.#entries.keys()].find((key) => key.toLowerCase() === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
