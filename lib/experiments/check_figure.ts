import {
  checkSetting,
  checkSettings,
  list,
  object,
  type Settings,
  size,
  text,
  valueText,
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
 * Checks the panels of a figure, before anything is trained or measured. The defense and the attack of a curve are checked
 * later.
 *
 * @throws {TypeError} If a panel is no panel, or a curve no curve.
 * @throws {RangeError} If a field is missing, not known or not allowed.
 */
export function checkPanels({ panels }: Figure): void {
  if (Object.keys(panels).length === 0) throw new RangeError("Cannot measure a figure without panels");
  for (const [place, panel] of Object.entries(panels)) checkPanel(place, panel);
}

function checkPanel(place: string, given: FigurePanel): void {
  checkSettings(`panel ${valueText(place)}`, panel, given, ["title", "x", "curves"]);
  for (const [name, curve] of Object.entries(given.curves)) {
    const what = `curve ${valueText(name)}`;
    if (typeof curve !== "object" || curve === null) {
      throw new TypeError(
        `Cannot measure ${what}, which is ${valueText(curve)}: ` +
          '{ over: "steps", at: [1, 10], defense: row, attack: spec, surrogate: "white-box" } is wanted',
      );
    }
    checkSetting(`over of ${what},`, over, curve.over);
    const settings = curves[curve.over];
    checkSettings(what, settings, curve, Object.keys(settings));
  }
}
