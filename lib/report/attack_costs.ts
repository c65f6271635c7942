import type { Robustness } from "../evaluation/mod.ts";
import type { Displayed } from "./display.ts";
import { tabulated, type TabulatedValue } from "./tabulated.ts";

/**
 * A table of what each attack achieved and cost: the number of images it was shown, the number that it fooled the
 * defense on ("taken"), the accuracy under this attack alone, the accuracy after it and all attacks before it ("left"),
 * and the forward and backward passes for each image that it was shown. Passes are counted since they are the same on
 * every machine; seconds are not.
 *
 * @param robustness The result of `robustness`.
 *
 * @example Usage
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { attackCosts, jupyterDisplay } from "@gcln/kit/report";
 *
 * const share = (accuracy: number) => ({ accuracy, interval: [accuracy, accuracy] as const });
 * const table = attackCosts({
 *   n: 100,
 *   clean: share(0.9),
 *   robust: share(0.4),
 *   correct: [],
 *   takenBy: [],
 *   attacks: [{
 *     name: "PGD",
 *     spec: { attack: "pgd", ball: { norm: "linf", epsilon: 0.03 }, stepSize: 0.004, steps: 10 },
 *     shown: 90,
 *     fallen: 50,
 *     left: share(0.4),
 *     passes: { forward: 540, backward: 450 },
 *     seconds: 2,
 *   }],
 * });
 * const text = (await table[jupyterDisplay]())["text/plain"]!;
 * assertStringIncludes(text, "|    90 |    50 |    40.0 |     6.0 |      5.0 |");
 * ```
 */
export function attackCosts({ n, clean, robust, attacks }: Robustness): Displayed {
  const percent = ({ accuracy }: { readonly accuracy: number }) => 100 * accuracy;
  const rows: Record<string, Record<string, TabulatedValue>> = {
    "(clean)": {
      "shown": `${n}`,
      "taken": `${Math.round(n * (1 - clean.accuracy))}`,
      "left, %": percent(clean),
    },
  };
  for (const { name, shown, fallen, left, alone, passes } of attacks) {
    rows[name] = {
      "shown": `${shown}`,
      "taken": `${fallen}`,
      ...(alone ? { "alone, %": percent(alone) } : {}),
      "left, %": percent(left),
      "forward": passes.forward / Math.max(1, shown),
      "backward": passes.backward / Math.max(1, shown),
    };
  }
  const [low, high] = robust.interval.map((end) => (100 * end).toFixed(1));
  rows["(worst case)"] = { "left, %": percent(robust), "95 % interval": `${low} to ${high}` };
  return tabulated(rows, { corner: "attack" });
}
