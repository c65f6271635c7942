import { escape } from "../_drawing.ts";

/** What an HTML page is made of. */
export interface Page {
  /** What the window is called. */
  readonly title: string;
  /** CSS. */
  readonly style: string;
  /** What is inside `main`. */
  readonly main: string;
  /** Scripts, which run in this order. */
  readonly scripts: readonly string[];
}

/** A page that loads nothing from elsewhere. */
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

/** A value as JSON in an element that a script of the page reads. */
export function jsonElement(value: unknown): string {
  return `<script type="application/json">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;
}

/** A script's text may not hold what ends its element. */
function insideScript(text: string): string {
  return text.replaceAll(/<\/(?=script)/gi, "<\\/");
}

/** Text as a part of an id: different texts have different ones. */
export function slug(text: string): string {
  return [...text].map((char) => /[a-z0-9-]/i.test(char) ? char : `_${char.codePointAt(0)!.toString(16)}_`)
    .join("");
}
