/** The frame of the site's pages: head, menu, foot. */
import { escape } from "./escape.ts";

/** The pages in the menu, by their addresses from the site's root. */
export const menu: Readonly<Record<string, string>> = {
  "index.html": "Home",
  "explorer/index.html": "Explorer",
  "lessons/index.html": "Lessons",
  "results.html": "Tables and figures",
  "leaderboard.html": "Leaderboard",
  "docs/index.html": "Documents",
  "api/index.html": "Reference",
};

/** A page of the site. */
export interface SitePage {
  /** Its address from the site's root: `lessons/index.html`. */
  readonly path: string;
  readonly title: string;
  /** One sentence for search engines and previews. */
  readonly summary: string;
  /** The HTML of its middle. */
  readonly main: string;
  /** Style sheets and scripts of its own, from the page's folder. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
}

/** The way from a page to the site's root: nothing, or `../`. */
export function rootOf(path: string): string {
  return "../".repeat(path.split("/").length - 1);
}

/** The page as HTML. All links are relative, so that the site may lie in any folder of a server. */
export function framed({ path, title, summary, main, styles = [], scripts = [] }: SitePage): string {
  const root = rootOf(path),
    all = main.includes("<div class=scroll") ? [`${root}tables.js`, ...scripts] : scripts;
  const links = Object.entries(menu).map(([to, name]) =>
    `<li><a href="${root}${to}"${to === path ? " aria-current=page" : ""}>${name}</a></li>`
  );
  return `<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<meta name=color-scheme content="light dark">
<meta name=description content="${escape(summary)}">
<title>${escape(title)} · GCLN kit</title>
<link rel=icon href="${root}icon.svg" type="image/svg+xml">
<link rel=stylesheet href="${root}site.css">${
    styles.map((style) => `\n<link rel=stylesheet href="${style}">`).join("")
  }
</head>
<body>
<a class=skip href="#main">To the text</a>
<nav class=menu aria-label=Pages><a class=name href="${root}index.html">GCLN kit</a><ul>${
    links.join("")
  }</ul></nav>
<main id=main tabindex=-1>
${main}
</main>
<footer class=foot>This site loads nothing from elsewhere. Made by <code>deno task site</code>.</footer>${
    all.map((script) => `\n<script src="${script}" defer></script>`).join("")
  }
</body>
</html>
`;
}
