/** Writes the reference: what `deno doc` makes of the kit's entry points. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A link to a member of TensorFlow.js, which is not ours to document: its thousand pages would be half of the site. */
const FOREIGN = /(href="[^"]*?)\btf\.[\w.]+\.html(#[^"]*)?"/g;

/** What stands in place of the list of TensorFlow.js's members. */
const INSTEAD = `<p>TensorFlow.js itself. Its own documentation is at js.tensorflow.org/api.</p>`;

/** The HTML files in a folder and below it. */
async function* pagesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* pagesIn(path);
    else if (name.endsWith(".html")) yield path;
  }
}

/**
 * Writes the reference into `api/` below the site's folder.
 *
 * @param site The site's folder.
 * @throws {Error} Where `deno doc` fails, with what it says.
 */
export async function writeReference(site: string): Promise<void> {
  const folder = join(site, "api"),
    { exports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const modules = Object.entries(exports as Record<string, string>).filter(([path]) => path !== ".");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "doc",
      "--quiet",
      "--html",
      "--name=GCLN kit",
      `--output=${folder}`,
      ...modules.map(([, file]) => file),
    ],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno doc failed: ${new TextDecoder().decode(stderr)}`);
  for await (const path of pagesIn(folder)) {
    if (/[\\/]tf\.[^\\/]+\.html$/.test(path)) {
      await Deno.remove(path);
      continue;
    }
    const html = await Deno.readTextFile(path), changed = html.replaceAll(FOREIGN, `$1tf.html"`);
    const isForeign = /[\\/]tf\.html$/.test(path);
    if (isForeign) {
      await Deno.writeTextFile(path, changed.replace(/<main[\s\S]*<\/main>/, `<main>${INSTEAD}</main>`));
    } else if (changed !== html) await Deno.writeTextFile(path, changed);
  }
}
