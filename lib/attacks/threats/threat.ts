import { checkSettings, list, type Registry, registry, type Settings, text, word } from "../../kinds/mod.ts";

/** What an attacker knows: the defense and the classifier, the classifier alone, or neither of them. */
export type Knowledge = "everything" | "classifier" | "nothing";

/** Where the gradient of an attacker comes from. */
export type ThreatGradient =
  /** The defended classifier, as it is. */
  | "exact"
  /** The defended classifier, with another gradient in the place of one that is of no use. */
  | "replaced"
  /** Another network, or whatever the attack itself makes of the victim. */
  | "its own";

/** A threat model: what an attacker knows, and so what it differentiates. */
export interface Threat {
  /** As tables and results have it: `"straight-through"`. */
  readonly name: string;
  /** As captions and messages say it: "straight-through". */
  readonly title: string;
  /** What the attacker knows. */
  readonly knows: Knowledge;
  /** Where its gradient comes from. */
  readonly gradient: ThreatGradient;
  /** What is differentiated, as a sentence of a caption goes on after "The attacker differentiates". */
  readonly differentiates: string;
  /** Names that older results have for it. Default: none. */
  readonly formerly?: readonly string[];
}

const known: Registry<Threat> = registry<Threat>("threat model");

const facts: Settings = {
  name: text(),
  title: text(),
  knows: word(["everything", "classifier", "nothing"]),
  gradient: word(["exact", "replaced", "its own"]),
  differentiates: text(),
  formerly: list(text()),
};

/** Every threat model that is defined, by name. */
export function knownThreats(): Registry<Threat> {
  return known;
}

/**
 * Makes a threat model known by its name. A user's own is treated like those of the kit, in tables, captions and checks.
 *
 * @param threat All facts about it.
 * @returns The same.
 * @throws {RangeError} Where a fact is missing or does not fit, or the name is one of the kit's.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineThreat, threatNamed } from "@gcln/kit/attacks";
 *
 * defineThreat({
 *   name: "stolen",
 *   title: "stolen copy",
 *   knows: "nothing",
 *   gradient: "its own",
 *   differentiates: "a network that was fitted to the victim's answers",
 * });
 * assertEquals(threatNamed("stolen").knows, "nothing");
 * ```
 */
export function defineThreat<T extends Threat>(threat: T): T {
  checkSettings("defineThreat", facts, threat, ["name", "title", "knows", "gradient", "differentiates"]);
  return known.add(threat);
}
