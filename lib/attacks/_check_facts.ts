import {
  callable,
  checkSettings,
  count,
  guess,
  list,
  type Settings,
  settingsByName,
  text,
  valueText,
  word,
} from "../kinds/mod.ts";

const flag = { wanted: "true or false", accepts: (value: unknown) => typeof value === "boolean" };

/** What the facts of an attack may be. */
const factSettings: Settings = {
  name: text(),
  title: text(),
  source: text(),
  asks: word(["gradients", "scores", "decisions", "nothing", "whatever pays"]),
  needsVictim: flag,
  norms: list(word(["linf", "l2", "l1"]), { least: 1 }),
  classes: count({ least: 2 }),
  settings: settingsByName(),
  required: list(text()),
  oneStep: flag,
  severalAttacks: flag,
  sameStep: flag,
  steady: flag,
  goesOnFrom: word(["its images", "its state"]),
  iterated: callable(),
  run: callable(),
  examples: callable(),
  version: { wanted: "a text or a number", accepts: (value) => ["string", "number"].includes(typeof value) },
};

const needed = ["name", "title", "source", "asks", "needsVictim", "norms", "settings"];

interface Facts {
  readonly name: string;
  readonly settings: Settings;
  readonly required?: readonly string[];
}

/** Throws where facts are missing or do not fit, as they may in a notebook. */
export function checkFacts(call: unknown, facts: Facts): void {
  if (typeof call !== "function") {
    throw new TypeError(
      `Cannot define an attack of ${
        valueText(call)
      }: a function of what is attacked, a batch and options is wanted`,
    );
  }
  checkSettings("defineAttack", factSettings, facts, needed);
  const { required = [], settings } = facts, names = Object.keys(settings);
  for (const name of required) {
    if (names.includes(name)) continue;
    throw new RangeError(
      `Cannot define attack ${valueText(facts.name)}: its required ${
        valueText(name)
      } is none of its settings${guess(name, names) || "."} There are ${names.join(", ")}`,
    );
  }
}
