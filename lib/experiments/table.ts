import type { AttackSpec } from "../attacks/mod.ts";
import type { DatasetName } from "../data/mod.ts";
import type { GclnRow } from "./profile.ts";

/** What an attacker knows, and so what it differentiates. */
export type ThreatModel =
  /** The defended classifier as it is: rounding has its exact gradient, zero. The paper's "white-box". */
  | "white-box"
  /** The defended classifier, rounding passed straight through (BPDA). */
  | "straight-through"
  /** The same, and the clip to [0, 1] behind the generator passed straight through as well. */
  | "clip too"
  /** The defended classifier, the whole cleaner passed straight through (BPDA at its simplest). */
  | "identity"
  /** The classifier alone: the attacker does not know of the defense. */
  | "oblivious"
  /** The defended classifier, a network in the cleaner's place that was fitted to imitate it (BPDA, learned). */
  | "learned"
  /** The paper's BPDA: rounding passed straight through where the defense rounds, else the exact gradient. */
  | "bpda"
  /** The defended classifier, whose gradients the attack itself puts in place: `strongest`. */
  | "adaptive"
  /** A ResNet-34 trained like the target classifier: the attacker has neither the classifier nor the defense. */
  | "black-box";

/**
 * One column: clean images, an attack by someone who knows so much, or what survives every column of the table that
 * applies to the row, image by image.
 */
export type Column =
  | { readonly kind: "clean" }
  | { readonly kind: "attack"; readonly attack: AttackSpec; readonly surrogate: ThreatModel }
  | { readonly kind: "worst case"; readonly of: "every attack" };

/** A row that the kit measures: a defense, or the classifier without any. */
export type MeasuredRow =
  | { readonly defense: "none" }
  /** The classifier, trained on images that PGD attacks while it learns (Madry et al. 2018). */
  | { readonly defense: "adversarial training" }
  /** So trained, with noise on its weights whose size is learned (He et al. 2019). */
  | { readonly defense: "parametric noise" }
  | { readonly defense: "gcln" } & GclnRow;

/** One row: a defense that the kit measures, or one whose numbers are only reported so far. */
export type Row = MeasuredRow | { readonly defense: "not measured yet" };

/** A table of the paper, as data: to try something, spread it and change one line. */
export interface Table {
  /** The name of the results; `table1` and its like join the paper's numbers, any other name has none beside it. */
  readonly name: string;
  /** What stands above the table, after its number. */
  readonly title: string;
  /** The paper's data set. */
  readonly dataset: DatasetName;
  /** By the paper's own row heads. */
  readonly rows: Readonly<Record<string, Row>>;
  /** By the paper's own column heads, and ours after them. */
  readonly columns: Readonly<Record<string, Column>>;
}
