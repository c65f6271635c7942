import {
  checkSetting,
  checkSettings,
  list,
  object,
  type Settings,
  shown,
  size,
  text,
  word,
} from "../kinds/mod.ts";
import type { Figure, FigureCurve, FigurePanel } from "./figure.ts";

const over = word(["q", "steps", "epsilon"]);
const panel: Settings = {
  title: text(),
  x: text(),
  scale: word(["linear", "log"]),
  chance: size({ most: 1 }),
  curves: object("curves by name"),
};
const places = list(size(), { least: 1 });
const defense = object('a row such as { defense: "none" }, or what a defense gives when it is called,');
const attack = object('an attack\'s spec such as { attack: "pgd", ball, stepSize, steps }');
const attacked: Settings = { over, at: places, defense, attack, surrogate: text() };

const curves: Readonly<Record<FigureCurve["over"], Settings>> = {
  q: { over, at: places, defense, column: object("a column") },
  steps: attacked,
  epsilon: attacked,
};

/**
 * Throws where the panels of a figure are not what they may be, before anything is trained or measured. What a curve's defense
 * and attack are is looked at later.
 *
 * @throws {TypeError} Where a panel or a curve is none.
 * @throws {RangeError} Where something is missing, not known, or does not fit.
 */
export function checkPanels({ panels }: Figure): void {
  if (Object.keys(panels).length === 0) throw new RangeError("Cannot measure a figure without panels");
  for (const [place, panel] of Object.entries(panels)) checkPanel(place, panel);
}

function checkPanel(place: string, given: FigurePanel): void {
  checkSettings(`panel ${shown(place)}`, panel, given, ["title", "x", "curves"]);
  for (const [name, curve] of Object.entries(given.curves)) {
    const what = `curve ${shown(name)}`;
    if (typeof curve !== "object" || curve === null) {
      throw new TypeError(
        `Cannot measure ${what}, which is ${shown(curve)}: ` +
          '{ over: "steps", at: [1, 10], defense: row, attack: spec, surrogate: "white-box" } is wanted',
      );
    }
    checkSetting(`over of ${what},`, over, curve.over);
    const settings = curves[curve.over];
    checkSettings(what, settings, curve, Object.keys(settings));
  }
}
