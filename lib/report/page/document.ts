import { escape } from "../_escape.ts";

/** The parts of an HTML page. */
export interface Page {
  /** The title of the window. */
  readonly title: string;
  /** The style sheet. */
  readonly style: string;
  /** The HTML inside `main`. */
  readonly main: string;
  /** The scripts, in the order in which they run. */
  readonly scripts: readonly string[];
}

/** An HTML page with its style sheet and scripts inside. */
export function htmlDocument({ title, style, main, scripts }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>${main}
</main>
${scripts.map((script) => `<script>${insideScript(script)}</script>`).join("\n")}
</body>
</html>
`;
}

/** An element that holds a value as JSON, for a script of the page. */
export function jsonElement(value: unknown): string {
  return `<script type="application/json">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;
}

/** Escapes `</script` in the text of a script, which would end the element. */
function insideScript(text: string): string {
  return text.replaceAll(/<\/(?=script)/gi, "<\\/");
}

/** Text in a form that can be part of an id; different texts give different ids. */
export function slug(text: string): string {
  return [...text].map((char) => /[a-z0-9-]/i.test(char) ? char : `_${char.codePointAt(0)!.toString(16)}_`)
    .join("");
}
