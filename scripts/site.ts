/**
 * `deno task site`: writes the site into one folder, which any static host can serve.
 *
 *     deno task site
 *     deno task site --output=public --only=home,explorer
 */
import { type Command, type Flags, runCommand, UserError } from "./cli/command.ts";
import { parts, writeSite } from "./site/write_site.ts";

const command = {
  name: "deno task site",
  summary:
    "Writes the site: the explorer, lessons, tables and figures, leaderboard, documents and reference.\n" +
    "Its links are relative, so that it may lie in any folder of any static host.",
  flags: {
    output: { kind: "string", help: "the site's folder", placeholder: "FOLDER", default: "results/site" },
    only: {
      kind: "strings",
      help: `some parts only, with commas between them: ${Object.keys(parts).join(", ")}`,
      placeholder: "PART",
    },
  },
  examples: ["deno task site", "deno task site --output=public", "deno task site --only=home,explorer"],
} as const satisfies Command<Flags>;

if (import.meta.main) {
  await runCommand(command, async ({ flags: { output, only: given } }) => {
    const only = given.flatMap((names) => names.split(",")).map((name) => name.trim());
    const unknown = only.find((part) => !Object.hasOwn(parts, part));
    if (unknown !== undefined) {
      throw new UserError(`There is no part ${unknown}. Known are ${Object.keys(parts).join(", ")}`);
    }
    await writeSite(output, {
      ...(only.length > 0 ? { only } : {}),
      progress: (part) => console.error(`Writing ${part}`),
    });
    console.log(`Written: ${output}. To look at it: python3 -m http.server --directory ${output}`);
  });
}
