/** Markdown as HTML, with code in colour. */
// @ts-types="./highlighter.d.ts"
import hljs from "highlight.js/lib/core";
// @ts-types="./language.d.ts"
import bash from "highlight.js/lib/languages/bash";
// @ts-types="./language.d.ts"
import json from "highlight.js/lib/languages/json";
// @ts-types="./language.d.ts"
import typescript from "highlight.js/lib/languages/typescript";
import katex from "katex";
import { Marked, type TokenizerAndRendererExtension, type Tokens } from "marked";
import { escape } from "./escape.ts";

for (const [name, language] of Object.entries({ bash, json, typescript })) {
  hljs.registerLanguage(name, language);
}

const LANGUAGES: Readonly<Record<string, string>> = { ts: "typescript", sh: "bash", js: "typescript" };

/** A program's text in colour; other languages than TypeScript, JSON and shell stay as they are. */
export function coloured(code: string, language = ""): string {
  const known = hljs.getLanguage(LANGUAGES[language] ?? language);
  const html = known
    ? hljs.highlight(code, { language: LANGUAGES[language] ?? language }).value
    : escape(code);
  return `<pre><code>${html}</code></pre>\n`;
}

/** A heading's id, as links within a page have it. */
export function anchor(text: string): string {
  return text.toLowerCase().replaceAll(/<[^>]*>|&#?\w+;|[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");
}

/** A formula between two dollar signs each, as MathML: browsers draw it by themselves, without fonts and styles of ours. */
const formula: TokenizerAndRendererExtension = {
  name: "formula",
  level: "block",
  start: (text) => text.indexOf("$$"),
  tokenizer(text) {
    const [raw, tex] = /^\$\$([^$]+)\$\$(?:\n|$)/.exec(text) ?? [];
    return raw === undefined ? undefined : { type: "formula", raw, text: tex! };
  },
  renderer: ({ text }) =>
    `<div class=formula tabindex=0>${
      katex.renderToString(text, { displayMode: true, output: "mathml" })
    }</div>\n`,
};

/**
 * Markdown as HTML.
 *
 * @param text What our own files hold, so that HTML within it stays.
 * @param link Where a link leads on the site; undefined: its words stay, without the link.
 */
export function htmlOf(
  text: string,
  link: (address: string) => string | undefined = (address) => address,
): string {
  const marked = new Marked({
    extensions: [formula],
    renderer: {
      code: ({ text, lang }: Tokens.Code) => coloured(text, lang?.split(/\W/)[0]),
      heading({ tokens, depth }: Tokens.Heading) {
        const inside = this.parser.parseInline(tokens);
        return `<h${depth} id="${anchor(inside)}">${inside}</h${depth}>\n`;
      },
      table(token: Tokens.Table) {
        const cells = (row: readonly Tokens.TableCell[], tag: string) =>
          row.map(({ tokens, align }) =>
            `<${tag}${align ? ` class=${align}` : ""}>${this.parser.parseInline(tokens)}</${tag}>`
          ).join("");
        const rows = token.rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
        return `<div class=scroll tabindex=0 role=region aria-label=Table><table>
<thead><tr>${cells(token.header, "th")}</tr></thead>
<tbody>${rows}</tbody></table></div>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const inside = this.parser.parseInline(tokens), to = link(href);
        return to === undefined ? inside : `<a href="${escape(to)}">${inside}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        const to = link(href);
        return to === undefined
          ? escape(text)
          : `<img src="${escape(to)}" alt="${escape(text)}" loading=lazy>`;
      },
    },
  });
  return marked.parse(text, { async: false });
}
