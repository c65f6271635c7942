/**
 * Writes the Markdown beside each result in fixtures/measured anew, from its JSON. Nothing is measured.
 *
 *     deno run -A scripts/render_measured.ts
 */
import { fileURLToPath } from "node:url";
import { resultsIn } from "./report.ts";
import { markdownOf } from "./reproduce/files.ts";
import { writeAtomically } from "../lib/files/mod.ts";

/** The Markdown files that belong to the results in a folder, by their paths, as `deno fmt` has them. */
export async function renderedIn(folder: string): Promise<Record<string, string>> {
  const files = resultsIn(folder).map(async ({ path, found }) =>
    [path.replace(/\.json$/, ".md"), await formatted(markdownOf(found))] as const
  );
  return Object.fromEntries(await Promise.all(files));
}

async function formatted(markdown: string): Promise<string> {
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext=md", `--config=${config}`, "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await renderedIn("fixtures/measured"))) {
    await writeAtomically(path, text);
    console.log(path);
  }
}
