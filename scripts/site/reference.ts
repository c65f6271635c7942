/** Writes the reference: what `deno doc` makes of the kit's entry points. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A link to a member of TensorFlow.js, which is not ours to document: its thousand pages would be half of the site. */
const FOREIGN = /(href="[^"]*?)\btf\.[\w.]+\.html(#[^"]*)?"/g;

/** What stands in place of the list of TensorFlow.js's members. */
const INSTEAD = `<p>TensorFlow.js itself. Its own documentation is at js.tensorflow.org/api.</p>`;

/** Small screens: `deno doc` lets a long line of code widen the page, and squeezes the path at its head. */
const STYLE = `
.ddoc > div { min-width: 0; }
#content > main pre { overflow-x: auto; }
.sourceFile { display: none; }
.symbolTitle .sourceFile { display: block; font-size: 0.8rem; white-space: nowrap; }
@media (width < 640px) {
  #topnav { height: auto; }
  #topnav > div { flex-wrap: wrap; gap: 0.5rem; }
  .symbolTitle { flex-wrap: wrap; }
}
`;

/** The HTML files in a folder and below it. */
async function* pagesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* pagesIn(path);
    else if (name.endsWith(".html")) yield path;
  }
}

/** A page of `deno doc` that leads back to the site, and tells no path of the machine on which it was made. */
function homely(html: string, toSite: string): string {
  return html
    .replaceAll(FOREIGN, `$1tf.html"`)
    .replace("</head>", `<link rel="icon" href="${toSite}icon.svg" type="image/svg+xml"></head>`)
    .replace(
      /<ul class="breadcrumbs">\s*<li>/,
      `<ul class="breadcrumbs"><li><a href="${toSite}index.html" class="contextLink">Site</a></li><span>›</span><li>`,
    )
    // A folder's page has its name, so that the site can be read without a server too.
    .replaceAll(
      /href="((?:\.\.?&#x2F;)*)" class="contextLink">GCLN kit/g,
      `href="$1index.html" class="contextLink">Reference`,
    )
    .replaceAll(/<a\s+class="sourceButton"\s+href="([^"]*)"[\s\S]*?<\/a>/g, (_, address: string) => {
      const path = fileURLToPath(address.replaceAll("&#x2F;", "/"));
      return `<code class="sourceFile">${relative(ROOT, path).replaceAll("\\", "/")}</code>`;
    })
    .replaceAll(/(import [^;<]*? from &quot;)(?=\w+&quot;)/g, "$1@gcln/kit/");
}

/** The list of the entry points, which `deno doc` leaves out where none of them is the main one. */
async function contents(folder: string, modules: readonly string[]): Promise<string> {
  const listed = await Promise.all(modules.map(async (name) => {
    const html = await Deno.readTextFile(join(folder, name, "index.html"));
    const about = /id="module_doc"><div class="markdown">([\s\S]*?<\/p>)/.exec(html)?.[1] ?? "";
    const words = about.replaceAll(/<\/?a\b[^>]*>/g, ""); // its links begin at the entry point's own page
    return `<section><h2><a class="contextLink" href="${name}/index.html">@gcln/kit/${name}</a></h2><div class="markdown">${words}</div></section>`;
  }));
  return `<main><section><h1 class="text-2xl font-bold">Reference</h1><div class="markdown"><p>Every public name of the kit, by the
path from which it is imported. <a href="all_symbols.html">All names on one page</a>. <code>@gcln/kit</code> has those that
notebooks use most.</p></div></section>${listed.join("\n")}</main>`;
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
  await Deno.writeTextFile(join(folder, "page.css"), STYLE, { append: true });
  const list = await contents(folder, modules.map(([path]) => path.replace("./", "")));
  for await (const path of pagesIn(folder)) {
    if (/[\\/]tf\.[^\\/]+\.html$/.test(path)) {
      await Deno.remove(path);
      continue;
    }
    const html = homely(
      await Deno.readTextFile(path),
      `${relative(dirname(path), site).replaceAll("\\", "/")}/`,
    );
    const main = /[\\/]tf\.html$/.test(path)
      ? `<main>${INSTEAD}</main>`
      : path === join(folder, "index.html")
      ? list
      : undefined;
    // Beside such a main part stands a list of names that it has not.
    const end = () => `${main}</div></div></div></body>`;
    await Deno.writeTextFile(path, main ? html.replace(/<main[\s\S]*<\/body>/, end) : html);
  }
}
