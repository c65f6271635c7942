import { linf } from "../attacks/mod.ts";
import { size } from "../kinds/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";

/** A row with the classifier trained on smoothed labels. */
export interface LabelSmoothingRow {
  /** The defense's name. */
  readonly defense: "label smoothing";
  /** What is taken from the label and shared by the other classes; default 0.1, as in PixelDefend. */
  readonly smoothing?: number;
}

/**
 * Label smoothing (Warde-Farley & Goodfellow 2016): the target classifier, trained on labels of 0.9, with 0.1 / (classes − 1)
 * for every other class, as PixelDefend (Song et al. 2018) has it, from which the paper quotes the row.
 *
 * How it was broken: it never claimed more than to help a little against a single step, and Song et al. report 8 % under BIM
 * at ε = 8/255, against 54 % under FGS. Smoothed labels make the loss flat around the images, which misleads one step; the
 * gradients are exact, so several steps find their way.
 *
 * Departure: for its length and its start see {@linkcode hardenedSpec}.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelSmoothing } from "@gcln/kit/defenses";
 *
 * assertEquals(labelSmoothing({ smoothing: 0.2 }), { defense: "label smoothing", smoothing: 0.2 });
 * ```
 */
export const labelSmoothing: Defense<LabelSmoothingRow> = defineDefense<
  LabelSmoothingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "label smoothing",
  title: "Label smoothing",
  source: "Warde-Farley & Goodfellow 2016",
  traits: [],
  acts: ["in training"],
  breaks: [{
    by: "Song et al. 2018",
    attack: "BIM",
    on: "cifar10",
    ball: linf(8 / 255),
    left: 0.08,
    source: "Table 2",
    where: { smoothing: 0.1 },
  }],
  settings: { smoothing: size({ above: 0, most: 0.9, default: 0.1 }) },
  needs: ({ smoothing = 0.1 }, circumstances) => ({ classifier: hardenedSpec(circumstances, { smoothing }) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
