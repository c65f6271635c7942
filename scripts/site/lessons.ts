/** Writes the lessons and the other notebooks as pages, with the outputs that are stored in them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { headOf } from "./documents.ts";
import { escape } from "./escape.ts";
import { framed } from "./frame.ts";
import { coloured, htmlOf } from "./markdown.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../notebooks/", import.meta.url));

/** Text as notebooks keep it: a string, or its lines. */
type Text = string | readonly string[];

/** What is used of a notebook's file. */
interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: Text;
    readonly outputs?: readonly Output[];
  }[];
}

/** What a cell has put out. */
interface Output {
  readonly output_type: string;
  readonly text?: Text;
  readonly data?: Readonly<Record<string, Text>>;
  readonly ename?: string;
  readonly evalue?: string;
}

const joined = (text: Text = ""): string => typeof text === "string" ? text : text.join("");

const plain = (text: string): string => `<pre class=output>${escape(text.trimEnd())}</pre>`;

/** The richest form of an output that a page without scripts can show. */
export function outputHtml({ output_type, text, data = {}, ename, evalue }: Output, link: Link): string {
  if (output_type === "stream") return plain(joined(text));
  if (output_type === "error") return plain(`${ename}: ${evalue}`);
  const of = (type: string) => data[type] === undefined ? undefined : joined(data[type]);
  const png = of("image/png"), svg = of("image/svg+xml"), markdown = of("text/markdown");
  if (svg !== undefined) return `<figure class=output>${svg}</figure>`;
  if (png !== undefined) {
    const alt = escape(of("text/plain")?.split("\n")[0] ?? "Figure");
    return `<figure class=output><img src="data:image/png;base64,${
      png.replaceAll(/\s/g, "")
    }" alt="${alt}"></figure>`;
  }
  if (markdown !== undefined) return `<div class=output>${htmlOf(markdown, link)}</div>`;
  return plain(of("text/plain") ?? "");
}

type Link = (address: string) => string | undefined;

/** A notebook as HTML. */
export function notebookHtml({ cells }: Notebook, link: Link): string {
  return cells.map(({ cell_type, source, outputs = [] }) => {
    if (cell_type === "markdown") return htmlOf(joined(source), link);
    if (cell_type !== "code") return "";
    return coloured(joined(source), "typescript") +
      outputs.map((output) => outputHtml(output, link)).join("\n");
  }).join("\n");
}

/** The notebooks in a folder, in the order of the numbers in their names. */
function notebooksIn(folder: string): string[] {
  let entries: Deno.DirEntry[] = [];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const { compare } = new Intl.Collator("en", { numeric: true });
  return entries.filter(({ name, isFile }) => isFile && name.endsWith(".ipynb")).map(({ name }) => name).sort(
    compare,
  );
}

/** A page that links to another notebook links to its page; what is not part of the site loses its link. */
function linkFrom(folder: string, known: ReadonlySet<string>): Link {
  return (address) => {
    if (/^(#|https?:|data:)/.test(address)) return address;
    const [file = "", part] = address.split("#");
    const path = new URL(file, `file:///${folder}`).pathname.slice(1);
    if (!known.has(path)) return undefined;
    return pageOf(path) + (part ? `#${part}` : "");
  };
}

/** The name of a notebook's page: lessons and others lie in one folder. */
const pageOf = (path: string): string => path.replaceAll("/", "-").replace(/\.ipynb$/, ".html");

/**
 * Writes the notebooks into `lessons/` below the site's folder, and a page that lists them. Solutions are left out.
 *
 * @param site The site's folder.
 */
export async function writeLessons(site: string): Promise<void> {
  const folder = join(site, "lessons");
  await Deno.mkdir(folder, { recursive: true });
  const groups = {
    "Lessons": notebooksIn(join(NOTEBOOKS, "lessons")).map((name) => `lessons/${name}`),
    "Notebooks": notebooksIn(NOTEBOOKS),
  };
  const known = new Set(Object.values(groups).flat()), sections: string[] = [];
  for (const [group, paths] of Object.entries(groups)) {
    const listed: string[] = [];
    for (const notebook of paths) {
      const file: Notebook = JSON.parse(await Deno.readTextFile(join(NOTEBOOKS, notebook)));
      const first = file.cells.find(({ cell_type }) => cell_type === "markdown");
      const { title, summary } = headOf(joined(first?.source)), page = pageOf(notebook);
      const link = linkFrom(notebook.replace(/[^/]*$/, ""), known), path = `lessons/${page}`;
      const main =
        `<p class=quiet><a href="index.html">Lessons</a> · open it with <code>deno task notebook</code></p>
<article class="text notebook">${notebookHtml(file, link)}</article>`;
      await Deno.writeTextFile(join(folder, page), framed({ path, title, summary, main }));
      listed.push(`<li><a href="${page}">${escape(title)}</a><p>${escape(summary)}</p></li>`);
    }
    if (listed.length > 0) sections.push(`<h2>${group}</h2>\n<ul class=cards>${listed.join("\n")}</ul>`);
  }
  const main = `<h1>Lessons and notebooks</h1>
<p>Each page is a notebook with its stored outputs. To run and change it, clone the kit and call <code>deno task notebook</code>.</p>
${sections.join("\n")}`;
  const summary =
    "Lessons on adversarial attacks and defenses, and the notebooks of the paper's tables and figures.";
  await Deno.writeTextFile(
    join(folder, "index.html"),
    framed({ path: "lessons/index.html", title: "Lessons", summary, main }),
  );
}
