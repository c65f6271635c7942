/** Writes the documents of docs/ as pages. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { escape } from "./escape.ts";
import { framed } from "./frame.ts";
import { htmlOf } from "./markdown.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

/** Text without comments, links and marks; a star that stands alone is no mark. */
function unmarked(text: string): string {
  return text.replaceAll(/<!--[\s\S]*?-->/g, "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/(?<=\S)[*_`#]|[*_`#](?=\S)/g, "").replaceAll(/\s+/g, " ").trim();
}

/** The title of a document, and its first sentence; two, where they are short. */
export function headOf(text: string): { readonly title: string; readonly summary: string } {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? "Untitled";
  const blocks = text.slice(text.indexOf(title) + title.length).trim().split(/\n\s*\n/);
  const paragraph = unmarked(blocks.find((block) => /^[^#|!`>-]/.test(block)) ?? title);
  const sentences = paragraph.split(/(?<=[.!?])(?<!\b(?:al|Eq|e\.g|i\.e)\.) /);
  const [first = paragraph, second] = sentences, both = `${first} ${second}`;
  const summary = second !== undefined && both.length <= 180 ? both : first;
  return { title: unmarked(title), summary: summary.replace(/:$/, ".") };
}

/** Where a link of a document leads on the site. What is not part of the site loses its link. */
function linkFrom(names: ReadonlySet<string>) {
  return (address: string): string | undefined => {
    if (/^(#|https?:|mailto:)/.test(address)) return address;
    const [file = "", part] = address.split("#"), name = file.replace(/^\.\//, "");
    if (!names.has(name)) return undefined;
    return name.replace(/^README\.md$/, "index.md").replace(/\.md$/, ".html") + (part ? `#${part}` : "");
  };
}

/**
 * Writes the documents into `docs/` below the site's folder, and a page that lists them.
 *
 * @param site The site's folder.
 */
export async function writeDocuments(site: string): Promise<void> {
  const folder = join(site, "docs"), files = [...Deno.readDirSync(DOCS)].filter(({ isFile }) => isFile);
  const names = new Set(files.map(({ name }) => name)), listed: string[] = [];
  await Deno.mkdir(folder, { recursive: true });
  for (const name of [...names].sort()) {
    if (name === "README.md") continue; // the list of them all, which the site makes itself
    if (!name.endsWith(".md")) {
      await copyFile(join(DOCS, name), join(folder, name));
      continue;
    }
    const text = await Deno.readTextFile(join(DOCS, name)), { title, summary } = headOf(text);
    const page = name.replace(/\.md$/, ".html"), path = `docs/${page}`;
    const main = `<article class=text>${htmlOf(text, linkFrom(names))}</article>`;
    await Deno.writeTextFile(join(folder, page), framed({ path, title, summary, main }));
    listed.push(`<li><a href="${page}">${escape(title)}</a><p>${escape(summary)}</p></li>`);
  }
  const main = `<h1>Documents</h1>\n<ul class=cards>${listed.join("\n")}</ul>`;
  const summary = "How the kit is set up, read, used and extended.";
  await Deno.writeTextFile(
    join(folder, "index.html"),
    framed({ path: "docs/index.html", title: "Documents", summary, main }),
  );
}
