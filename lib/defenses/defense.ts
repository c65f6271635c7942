import { type Registry, registry, type Settings } from "../kinds/mod.ts";
import type { Needed, TrainedBy, TrainingRun } from "../training/mod.ts";
import type { FitResult, OwnNetwork } from "./own_network.ts";
import type { Circumstances } from "./profile.ts";
import type { PublishedBreak } from "./published_break.ts";
import type { Stand } from "./stand.ts";
import type { DefensePlace, DefenseTrait } from "./traits.ts";

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
  /** What it is made of, as far as it matters to an attacker: columns of tables and the checklist go by this. */
  readonly traits: readonly DefenseTrait[];
  /** Where it acts, for lists of defenses. Default: nothing is said. */
  readonly acts?: readonly DefensePlace[];
  /** What other people's evaluations left of it. Default: none is known. */
  readonly breaks?: readonly PublishedBreak[];
  /** Its settings: names, defaults and bounds. Default: none. */
  readonly settings?: Settings;
  /** Names of settings that a row has to give. Default: none. */
  readonly required?: readonly string[];
  /** The specs of the networks that it stands on: found or trained when it is deployed. */
  needs(settings: SettingsOf<Row>, circumstances: Circumstances): Needs;
  /**
   * Where its training is its own: trains it, once for equal settings, code, data, seed and needs. What comes out is kept, and
   * is among the networks as `own`.
   */
  fit?(run: TrainingRun<Needs> & { readonly settings: SettingsOf<Row> }): Promise<FitResult>;
  /** How it stands before its attackers. */
  stand(
    networks: NetworksOf<Needs> & { readonly own: OwnNetwork },
    settings: SettingsOf<Row>,
    circumstances: Circumstances,
  ): Stand | Promise<Stand>;
  /**
   * What tells its kept measurements from those of other rows: the row, beside its networks; or the networks alone, where no
   * other defense stands on the same ones. Default "row".
   */
  readonly keptBy?: "row" | "networks";
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
  /** Where it acts. */
  readonly acts: readonly DefensePlace[];
  /** What other people's evaluations left of it. */
  readonly breaks: readonly PublishedBreak[];
  /** Its settings. */
  readonly settings: Settings;
  /** Names of settings that a row has to give. */
  readonly required: readonly string[];
  /** The specs of the networks that it stands on, by their names. */
  needs(row: DefenseRow, circumstances: Circumstances): Needed;
  /**
   * Checks a row's settings.
   *
   * @throws {RangeError} Where one is not known, is missing, or does not fit.
   */
  check(row: DefenseRow): void;
  /** How it stands before its attackers. */
  stand(
    networks: Readonly<Record<string, unknown>>,
    row: DefenseRow,
    circumstances: Circumstances,
  ): Stand | Promise<Stand>;
  /** What tells its kept measurements from those of other rows, beside its networks. */
  readonly keptBy: "row" | "networks";
  /** Of a user's own a digest of its code and version: a part of the keys of caches. The kit's own have none. */
  readonly code?: string;
}

const known: Registry<Defense> = registry<Defense>("defense");

/** The defenses that are known by their names. */
export function defenseRegistry(): Registry<Defense> {
  return known;
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
