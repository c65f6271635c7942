import { checkSettings, type Registry, registry, type Settings } from "../kinds/mod.ts";
import { fold } from "../tensor/mod.ts";
import type { Needed, TrainedBy, TrainingRun } from "../training/mod.ts";
import { type FitResult, type OwnNetwork, ownNetwork } from "./own_network.ts";
import type { Circumstances } from "./profile.ts";
import type { Stand } from "./stand.ts";
import { type DefenseTrait, defenseTraits } from "./traits.ts";

/** A row of a table as data: a defense's name, and its settings. */
export interface DefenseRow {
  /** The defense's name. */
  readonly defense: string;
}

/** The name of a defense that is not the kit's. */
export type OwnDefenseName = string & {
  /** Tells it from other text to TypeScript; there is nothing of it at run time. */
  readonly isOwn: true;
};

/** A row with a user's own defense, as calling the defense makes it. */
export interface OwnRow {
  /** Its name. */
  readonly defense: OwnDefenseName;
  /** Its settings. */
  // deno-lint-ignore no-explicit-any -- those of any defense
  readonly [setting: string]: any;
}

/** A row's settings, each there or at its default. */
export type SettingsOf<Row extends DefenseRow> = Omit<Row, "defense">;

/** The networks of a defense, by the names that its `needs` gives them. */
export type NetworksOf<Needs extends Needed> = { readonly [Name in keyof Needs]: TrainedBy<Needs[Name]> };

/** Every fact that the kit has to know of a defense. */
export interface DefenseFacts<Row extends DefenseRow = OwnRow, Needs extends Needed = Needed> {
  /** As rows, caches and command lines have it. */
  readonly name: string;
  /** As people say it; default: the name. */
  readonly title?: string;
  /** Who published it: "Madry et al. 2018". */
  readonly source: string;
  /** What it is made of, as far as it matters to an attacker: checks and the adaptive attack go by this. */
  readonly traits: readonly DefenseTrait[];
  /** Its settings: names, defaults and bounds. Default: none. */
  readonly settings?: Settings;
  /** Names of settings that a row has to give. Default: none. */
  readonly required?: readonly string[];
  /** The specs of the networks that it stands on: found or trained when it is deployed. */
  needs(settings: SettingsOf<Row>, circumstances: Circumstances): Needs;
  /**
   * Where its training is its own: trains it, once for equal settings, code and circumstances. What comes out is kept, and
   * is among the networks as `own`.
   */
  fit?(run: TrainingRun<Needs> & { readonly settings: SettingsOf<Row> }): Promise<FitResult>;
  /** How it stands before its attackers. */
  stand(
    networks: NetworksOf<Needs> & { readonly own: OwnNetwork },
    settings: SettingsOf<Row>,
    circumstances: Circumstances,
  ): Stand | Promise<Stand>;
  /** Of a user's own: changes when it changes what it does, beyond what the text of its functions tells. */
  readonly version?: string | number;
}

/** A defense: call it for a row of a table. It carries every fact about itself. */
export interface Defense<Row extends DefenseRow = DefenseRow> {
  /**
   * A row with this defense.
   *
   * @throws {RangeError} Where a setting is not known, is missing, or does not fit.
   */
  (settings?: SettingsOf<Row>): Row;
  /** As rows, caches and command lines have it. */
  readonly name: string;
  /** As people say it. */
  readonly title: string;
  /** Who published it. */
  readonly source: string;
  /** What it is made of, as far as it matters to an attacker. */
  readonly traits: readonly DefenseTrait[];
  /** Its settings. */
  readonly settings: Settings;
  /** Names of settings that a row has to give. */
  readonly required: readonly string[];
  /** The specs of the networks that it stands on, by their names. */
  needs(row: DefenseRow, circumstances: Circumstances): Needed;
  /** How it stands before its attackers. */
  stand(
    networks: Readonly<Record<string, unknown>>,
    row: DefenseRow,
    circumstances: Circumstances,
  ): Stand | Promise<Stand>;
  /** Of a user's own a digest of its code and version: a part of the keys of caches. The kit's own have none. */
  readonly code?: string;
}

const known: Registry<Defense> = registry<Defense>("defense");
let isOpen = true;

/** Ends the list of the kit's own defenses: those defined later are users' own. */
export function closeDefenses(): void {
  known.close();
  isOpen = false;
}

/**
 * Makes a defense known by its name: in rows of tables, on curves of figures, in caches, checks and on the command line. A
 * user's own is treated like one of the kit's.
 *
 * @param facts All that the kit has to know of it.
 * @returns The defense: called with its settings, it gives a row.
 * @throws {RangeError} Where the name is empty or one of the kit's.
 *
 * @example A row of one's own
 * ```ts
 * import { assert } from "@std/assert";
 * import { classifierSpec, defineDefense, standBehind } from "@gcln/kit/defenses";
 * import { reproduce, table1 } from "@gcln/kit/experiments";
 * import { size } from "@gcln/kit/kinds";
 * import type { Images } from "@gcln/kit/tensor";
 *
 * /** Moves every pixel towards grey. *\/
 * const faded = defineDefense({
 *   name: "faded",
 *   source: "an example",
 *   traits: [],
 *   settings: { strength: size({ default: 0.5, most: 1 }) },
 *   needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
 *   stand: ({ classifier }, { strength }) =>
 *     standBehind(classifier, (images) => images.sub(0.5).mul(1 - strength).add(0.5) as Images),
 * });
 * const table = { ...table1, name: "mine", rows: { "Faded": faded({ strength: 0.2 }) } };
 * const { rows } = await reproduce(table, { columns: ["Clean"], examples: 20 });
 * assert(rows["Faded"]!["Clean"]!.accuracy! > 0.5);
 * ```
 */
export function defineDefense<Row extends DefenseRow = OwnRow, Needs extends Needed = Needed>(
  facts: DefenseFacts<Row, Needs>,
): Defense<Row> {
  checkSettings("defineDefense", factSettings, facts, ["name", "source", "traits", "needs", "stand"]);
  const { name, title = name, source, traits, settings = {}, required = [], fit } = facts;
  const code = isOpen ? undefined : codeOf(facts);
  const ownKind = fit && ownNetwork(name, code ?? "", fit);
  const settled = (row: DefenseRow): SettingsOf<Row> => {
    const { defense: _, ...given } = row;
    checkSettings(name, settings, given, required);
    const defaults = Object.entries(settings).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]]
    );
    return { ...Object.fromEntries(defaults), ...given } as unknown as SettingsOf<Row>;
  };
  const rowOf = (given: SettingsOf<Row> = {} as SettingsOf<Row>): Row => {
    checkSettings(name, settings, given, required);
    return { defense: name, ...given } as unknown as Row;
  };
  const defense = Object.assign(Object.defineProperty(rowOf, "name", { value: name }), {
    title,
    source,
    traits,
    settings,
    required,
    needs(row: DefenseRow, circumstances: Circumstances): Needed {
      const given = settled(row), needs = facts.needs(given, circumstances);
      return ownKind ? { ...needs, own: ownKind.spec(needs, given, circumstances) } : needs;
    },
    stand: (networks: Readonly<Record<string, unknown>>, row: DefenseRow, circumstances: Circumstances) =>
      facts.stand(networks as never, settled(row), circumstances),
    ...(code === undefined ? {} : { code }),
  });
  known.add(defense as unknown as Defense);
  return defense as unknown as Defense<Row>;
}

const factSettings: Settings = {
  name: { wanted: "a text", accepts: (value) => typeof value === "string" },
  title: { wanted: "a text", accepts: (value) => typeof value === "string" },
  source: { wanted: "a text", accepts: (value) => typeof value === "string" },
  traits: {
    wanted: `a list of ${defenseTraits.map((trait) => JSON.stringify(trait)).join(", ")}`,
    accepts: (value) => Array.isArray(value) && value.every((trait) => defenseTraits.includes(trait)),
  },
  settings: { wanted: "settings by name", accepts: (value) => typeof value === "object" && value !== null },
  required: { wanted: "names of settings", accepts: Array.isArray },
  needs: { wanted: "a function", accepts: (value) => typeof value === "function" },
  fit: { wanted: "a function", accepts: (value) => typeof value === "function" },
  stand: { wanted: "a function", accepts: (value) => typeof value === "function" },
  version: { wanted: "a text or a number", accepts: (value) => ["string", "number"].includes(typeof value) },
};

/** A short text that changes with the text of a defense's functions and with its version. */
function codeOf<Row extends DefenseRow, Needs extends Needed>(
  { needs, fit, stand, settings = {}, version = "" }: DefenseFacts<Row, Needs>,
): string {
  const defaults = JSON.stringify(Object.entries(settings).map(([name, setting]) => [name, setting.default]));
  const text = [needs, fit, stand].map((part) => part ? String(part) : "").join("\n") + defaults;
  return [1, 2].map((seed) => fold(seed, text, String(version)).toString(36)).join("-");
}

/**
 * The defense of a row.
 *
 * @throws {RangeError} Where none has the name; the message has the nearest one.
 */
export function defenseOf({ defense }: DefenseRow): Defense {
  return known.named(defense);
}

/** Every defense that is known: the kit's, and those that were defined in this program. */
export function knownDefenses(): readonly Defense[] {
  return known.all();
}

/**
 * What the defense of a row is made of, as far as it matters to an attacker: parametric noise is random, and the GCLN
 * rounds, which has no gradient.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { traitsOf } from "@gcln/kit/defenses";
 *
 * assertEquals(traitsOf({ defense: "parametric noise" }), ["randomised"]);
 * ```
 */
export function traitsOf(row: DefenseRow): readonly DefenseTrait[] {
  return defenseOf(row).traits;
}
