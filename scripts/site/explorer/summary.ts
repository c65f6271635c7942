import { likeliest } from "./likeliest.ts";
import type { Moment, Who } from "./messages.ts";
import { nameOf } from "./panel.tsx";
import { percent } from "./probabilities.tsx";
import type { Attack } from "./use_attack.ts";

/** What has become of one attack, in a sentence. Nobody wins against a network that misreads the image anyhow. */
function outcome(
  who: Who,
  seen: readonly Moment[],
  { alone, label, misread, classes }: {
    readonly alone: boolean;
    readonly label: number;
    readonly misread: boolean;
    readonly classes: readonly string[];
  },
) {
  const { probabilities, slope } = seen.at(-1)!, read = likeliest(probabilities), steps = seen.length - 1;
  const after = `After ${steps} ${steps === 1 ? "step" : "steps"} the ${nameOf(who, alone)}`;
  const why = slope === 0 ? ", whose gradient is exactly zero," : "";
  const reads = `the network reads ${classes[read]} (${percent(probabilities[read]!)})`;
  if (misread) return `${after}${why} finds that ${reads}.`;
  return read === label ? `${after}${why} has failed: ${reads}.` : `${after}${why} has won: ${reads}.`;
}

/** What an attack has come to, in sentences: for those who can't see the page, and for those who can. */
export function summary({ label, clean, moments }: Attack, classes: readonly string[]): string {
  const before = likeliest(clean), misread = before !== label;
  const right = misread ? `, though it is ${classes[label]}: there is nothing to win for an attacker` : "";
  const given = { alone: moments.size === 1, label, misread, classes };
  const outcomes = [...moments].map(([who, seen]) => outcome(who, seen, given));
  return [
    `Without an attack the image is read as ${classes[before]} (${percent(clean[before]!)})${right}.`,
    ...outcomes,
  ].join(" ");
}
