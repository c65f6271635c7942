import { checkSettings, codeDigest, list, type Settings, settingsByName, word } from "../kinds/mod.ts";
import type { Needed } from "../training/mod.ts";
import {
  type Defense,
  type DefenseFacts,
  defenseRegistry,
  type DefenseRow,
  type OwnRow,
  type SettingsOf,
} from "./defense.ts";
import { ownNetwork } from "./own_network.ts";
import type { Circumstances } from "./profile.ts";
import { BREAKS, checkBreaks } from "./published_break.ts";
import { defensePlaces, defenseTraits } from "./traits.ts";

/** Ends the list of the kit's own defenses: those defined later are users' own. */
export function closeDefenses(): void {
  defenseRegistry().close();
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
 * // Moves every pixel towards grey.
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
  const { name, title = name, source, traits, breaks = [], settings = {}, required = [], fit } = facts;
  const { acts = [], keptBy = "row" } = facts;
  checkBreaks(name, breaks);
  const code = defenseRegistry().isClosed() ? codeOf(facts) : undefined;
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
    acts,
    breaks,
    settings,
    required,
    keptBy,
    needs(row: DefenseRow, circumstances: Circumstances): Needed {
      const given = settled(row), needs = facts.needs(given, circumstances);
      return ownKind ? { ...needs, own: ownKind.spec(needs, given, circumstances) } : needs;
    },
    check: (row: DefenseRow) => void settled(row),
    stand: (networks: Readonly<Record<string, unknown>>, row: DefenseRow, circumstances: Circumstances) =>
      facts.stand(networks as never, settled(row), circumstances),
    ...(code === undefined ? {} : { code }),
  });
  defenseRegistry().add(defense as unknown as Defense);
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
  acts: list(word(defensePlaces)),
  breaks: BREAKS,
  settings: settingsByName(),
  required: { wanted: "names of settings", accepts: Array.isArray },
  needs: { wanted: "a function", accepts: (value) => typeof value === "function" },
  fit: { wanted: "a function", accepts: (value) => typeof value === "function" },
  stand: { wanted: "a function", accepts: (value) => typeof value === "function" },
  keptBy: word(["row", "networks"]),
  version: { wanted: "a text or a number", accepts: (value) => ["string", "number"].includes(typeof value) },
};

/** A short text that changes with the text of a defense's functions, its defaults and its version. */
function codeOf<Row extends DefenseRow, Needs extends Needed>(
  { needs, fit, stand, settings = {}, version }: DefenseFacts<Row, Needs>,
): string {
  const defaults = JSON.stringify(Object.entries(settings).map(([name, setting]) => [name, setting.default]));
  return codeDigest([needs, fit, stand, defaults], version);
}
