import type { PanelsResult } from "../evaluation/mod.ts";
import type { Figure } from "./figure.ts";
import { reproduce, type ReproduceFigureOptions } from "./reproduce.ts";

/**
 * {@linkcode reproduce} for a figure.
 *
 * @param figure The experiment, as data.
 * @returns The panels with their findings; accuracies are fractions.
 * @throws What {@linkcode reproduce} throws.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Figure, reproduceFigure } from "@gcln/kit/experiments";
 *
 * const figure: Figure = {
 *   name: "mine",
 *   title: "A defense to come",
 *   dataset: "cifar10",
 *   panels: {
 *     left: {
 *       title: "Iterations",
 *       x: "iterations",
 *       curves: {
 *         "Mine": {
 *           over: "steps",
 *           at: [10, 20],
 *           defense: { defense: "not measured yet" },
 *           attack: { attack: "pgd", ball: { norm: "linf", epsilon: 8 / 255 }, stepSize: 1 / 255, steps: 20 },
 *           surrogate: "white-box",
 *         },
 *       },
 *     },
 *   },
 * };
 * const { panels } = await reproduceFigure(figure);
 * assertEquals(panels["left"]!.series["Mine"]!.map(({ x, accuracy }) => [x, accuracy]), [[10, null], [20, null]]);
 * ```
 */
export function reproduceFigure(figure: Figure, options: ReproduceFigureOptions = {}): Promise<PanelsResult> {
  return reproduce(figure, options);
}
