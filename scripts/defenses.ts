/**
 * `deno task defenses` lists every defense with its facts; with `--write` docs/defenses.md gets the list.
 */
import { knownDefenses } from "../lib/defenses/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { type Command, type Flags, runCommand, UserError } from "./cli/command.ts";
import { defensesTable, withTable } from "./defenses/defenses_table.ts";

const DOCUMENT = "docs/defenses.md";

const command = {
  name: "deno task defenses",
  summary: "Lists every defense of the kit: where it acts, what it is made of, and what others left of it.",
  flags: { write: { kind: "boolean", help: `writes the list into ${DOCUMENT}` } },
} as const satisfies Command<Flags>;

await runCommand(command, async ({ flags: { write } }) => {
  const table = defensesTable(knownDefenses());
  if (!write) return console.log(table);
  await writeAtomically(DOCUMENT, withTable(await Deno.readTextFile(DOCUMENT), table));
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", DOCUMENT] })
    .output();
  if (!success) throw new UserError(`Cannot format ${DOCUMENT}`);
});
