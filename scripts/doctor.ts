/**
 * `deno task doctor`: what is there, what is missing, and the command that helps.
 *
 * It needs none of the packages, since it is for checkouts in which something is broken: what needs them is tried in a
 * process of its own. Exit code 0 where the kit can work, 1 where something is wrong.
 */
import { checks } from "./doctor/checks.ts";
import { lines, type State } from "./doctor/told.ts";

const HELP = `deno task doctor

Looks at engines, TensorFlow's library, packages, data, Jupyter, GPU, disk and the cache. Changes nothing.
Exit code 0 where the kit can work, 1 where something is wrong.
`;

if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
  console.log(HELP);
  Deno.exit(0);
}
if (Deno.args.length > 0) {
  console.error(`Unknown flag ${Deno.args[0]}: deno task doctor takes none but --help`);
  Deno.exit(2);
}

const states: State[] = [];
for (const [name, check] of Object.entries(checks)) {
  const told = await check().catch((
    error,
  ) => [{ state: "wrong" as const, says: `can't be told: ${error.message}` }]);
  for (const line of lines(name, told)) console.log(line);
  states.push(...told.map(({ state }) => state));
}
const [wrong, missing] = (["wrong", "missing"] as const).map((state) =>
  states.filter((s) => s === state).length
);
console.log(
  wrong! > 0
    ? `\n${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong`
    : `\nThe kit can work here${
      missing! > 0 ? `; ${missing} ${missing === 1 ? "thing" : "things"} could be added` : ""
    }`,
);
Deno.exit(wrong! > 0 ? 1 : 0);
