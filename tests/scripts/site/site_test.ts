/** The site as files, and in a real Chromium below a path. `SCREENSHOTS=FOLDER` keeps pictures of its pages. */
import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import type { Result } from "@gcln/kit/evaluation";
import { dirname, join, relative } from "node:path";
import { chromium } from "playwright-core";
import { headOf } from "../../../scripts/site/documents.ts";
import { attacksOf, entriesOf, ranked } from "../../../scripts/site/leaderboard.ts";
import { notebookHtml, outputHtml } from "../../../scripts/site/lessons.ts";
import { htmlOf } from "../../../scripts/site/markdown.ts";
import { writeSite } from "../../../scripts/site/write_site.ts";
import { assertFits, chromiumPath } from "../../report/_chromium.ts";
import { served, troubleOf } from "./_served.ts";

const PATIENCE = 240_000; // ms, for machines that are busy
const ignore = chromiumPath() === undefined;

const site = await Deno.makeTempDir();
await writeSite(site);
addEventListener("unload", () => Deno.removeSync(site, { recursive: true }));

/** The site's pages, by their paths from its root. Those that `deno doc` writes are not ours, but for the first. */
function pagesIn(folder = site): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (path === join(site, "api")) return ["api/index.html"];
    return isDirectory ? pagesIn(path) : name.endsWith(".html") ? [relative(site, path)] : [];
  });
}

const pages = pagesIn(), textOf = (path: string) => Deno.readTextFileSync(join(site, path));

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("formulas of the lessons are MathML, and no dollar sign of one is left", () => {
  const formulas = pages.filter((page) => page.startsWith("lessons/")).map((page) => {
    const text = textOf(page);
    assert(!text.includes("$$"), page);
    return text.split("<math ").length - 1;
  });
  assertGreater(formulas.reduce((sum, count) => sum + count), 10);
});

Deno.test("the site has a page for each part, notebook and document", () => {
  for (
    const path of [
      "index",
      "explorer/index",
      "lessons/index",
      "results",
      "leaderboard",
      "docs/index",
      "api/index",
    ]
  ) {
    assert(pages.includes(`${path}.html`), path);
  }
  for (const [folder, ending, of] of [["notebooks", ".ipynb", "lessons"], ["docs", ".md", "docs"]] as const) {
    for (const { name } of Deno.readDirSync(folder)) {
      if (name.endsWith(ending) && name !== "README.md") {
        assert(pages.includes(`${of}/${name.replace(ending, ".html")}`), name);
      }
    }
  }
});

Deno.test("each link of the site leads to a file and a place that are there, and none starts at the server's root", () => {
  const broken: string[] = [];
  for (const page of pages) {
    const html = textOf(page).replaceAll(/<(script|style|pre)\b[\s\S]*?<\/\1>/g, "");
    const tags = html.matchAll(/<\w+\s[^>]*?(?:href|src)="?([^">\s]*)[^>]*>/g);
    for (const [, address = ""] of tags) {
      if (/^(https?:|data:|mailto:)/.test(address)) continue;
      const [file = "", part] = address.replaceAll("&amp;", "&").replaceAll("&#x2F;", "/").split("#");
      const to = file === "" ? page : join(dirname(page), decodeURIComponent(file));
      if (file.startsWith("/") || to.startsWith("..") || !isFile(join(site, to))) {
        broken.push(`${page}: ${address}`);
      } else if (part && to.endsWith(".html") && !to.startsWith("api/")) {
        const id = decodeURIComponent(part), there = textOf(to);
        if (!there.includes(`id="${id}"`) && !there.includes(`id=${id}`)) broken.push(`${page}: ${address}`);
      }
    }
  }
  assertEquals(broken, []);
});

Deno.test("pages of the reference lead to each other and to the site, and tell no path of this machine", () => {
  const folders = [...Deno.readDirSync(join(site, "api"))].filter(({ isDirectory }) => isDirectory);
  const names = folders.flatMap(({ name }) => {
    const symbols = [...Deno.readDirSync(join(site, "api", name, "~"))].map((file) =>
      `${name}/~/${file.name}`
    );
    return [`${name}/index.html`, ...symbols.filter((_, i) => i % 20 === 0)];
  });
  assertGreater(names.length, 60);
  const broken: string[] = [];
  for (const name of ["index.html", "all_symbols.html", "tensor/~/tf.html", ...names]) {
    const page = `api/${name}`, html = textOf(page);
    const addresses = [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, address = ""]) =>
      address.replaceAll("&amp;", "&").replaceAll("&#x2F;", "/")
    );
    const files = addresses.filter((address) => !/^https?:/.test(address)).map((address) =>
      address.startsWith("#") ? page : join(dirname(page), decodeURIComponent(address.split("#")[0]!))
    );
    broken.push(...files.filter((file) => !isFile(join(site, file))).map((file) => `${page}: ${file}`));
    assert(files.includes("index.html") && files.includes("icon.svg"), page);
    assert(!html.includes(Deno.cwd().replaceAll("/", "&#x2F;")) && !html.includes(Deno.cwd()), page);
  }
  assertEquals(broken, []);
  const contents = textOf("api/index.html"), symbol = textOf("api/attacks/~/pgd.html");
  for (const { name } of folders) {
    assertStringIncludes(contents, `href="${name}/index.html">@gcln/kit/${name}<`);
  }
  assertStringIncludes(contents, "Attacks: functions of");
  assertStringIncludes(symbol, ">lib/attacks/pgd.ts<");
  assertStringIncludes(symbol, "from &quot;@gcln/kit/attacks&quot;");
});

Deno.test("each page has a title of its own, a summary, a language and a width for small screens", () => {
  const own = pages.filter((path) => !path.startsWith("api/")), titles = new Set<string>();
  for (const path of own) {
    const html = textOf(path);
    titles.add(/<title>(.+?)<\/title>/.exec(html)![1]!);
    assertMatch(html, /<meta name="?description"? content="[^"]{15,}/, path);
    assertMatch(html, /<html lang="?en/, path);
    assertMatch(html, /name="?viewport/, path);
  }
  assertEquals(titles.size, own.length);
});

Deno.test("no page of the site asks another host for anything", () => {
  for (const path of pages.filter((path) => path !== "results.html")) {
    const tags = textOf(path).matchAll(/<(?:script|link|img|iframe)\b[^>]*(?:src|href)="?(https?:[^">\s]*)/g);
    assertEquals([...tags].map(([, address]) => address), [], path);
  }
});

Deno.test("--only takes parts with commas between them, and names the one that is not known", async () => {
  const args = ["run", "-A", "scripts/site.ts", "--only=home, docs", "--only=hom,api"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /^There is no part hom\. Known are home, /);
});

const cell = (accuracy: number | null, reported: number | null = null) => ({
  accuracy,
  reported,
  n: 100,
  quoted: false,
});
const attacked = (accuracy: number, reported: number | null = null) => ({
  ...cell(accuracy, reported),
  surrogate: "white-box",
});
const about = (row: string, source: "measured" | "reported" = "measured") => ({ row, column: "PGD", source });
const result = {
  experiment: "table1",
  profile: "quick",
  dataset: "street-digits",
  caption: "",
  columns: ["Clean", "FGS", "PGD", "C&W", "Refused, clean", "Worst case"],
  rows: {
    "Weak": {
      "Clean": cell(0.9),
      "FGS": attacked(0.5, 0.7),
      "PGD": attacked(0.2, 0.6),
      "Worst case": attacked(0.1),
    },
    "Strong": {
      "Clean": cell(0.8),
      "FGS": attacked(0.6),
      "PGD": attacked(0.5),
      "Refused, clean": { ...cell(null), refused: 0.05 },
    },
    "Quoted": { "Clean": cell(null, 0.9), "FGS": cell(null, 0.3), "PGD": cell(null) },
  },
  findings: [
    { severity: "note", message: "b", remedy: "", about: about("Weak") },
    { severity: "serious", message: "a", remedy: "", about: about("Weak") },
    { severity: "serious", message: "c", remedy: "", about: about("Strong", "reported") },
  ],
  provenance: { backend: "wasm", date: "2020-01-01" },
} as unknown as Result;

Deno.test("a leaderboard ranks what was measured by its worst case, and says what was found", () => {
  const entries = ranked(entriesOf(result));
  assertEquals(entries.map(({ defense, worst }) => [defense, worst]), [
    ["Strong", { accuracy: 0.5, by: "PGD" }],
    ["Weak", { accuracy: 0.1, by: "Worst case" }],
  ]);
  assertEquals(entries.map(({ reported }) => reported), [undefined, 0.6]);
  assertEquals(entries.map(({ findings }) => findings.map(({ message }) => message)), [[], ["a", "b"]]);
  assertEquals(attacksOf(result), ["FGS", "PGD", "Refused, clean"]);
});

Deno.test("the leaderboard has every measured row of the results that come with the kit, with the same numbers", () => {
  const html = textOf("leaderboard.html");
  for (const { name } of Deno.readDirSync("fixtures/measured")) {
    if (!/^table.*\.json$/.test(name)) continue;
    const { rows, part, notes = [] } = JSON.parse(
      Deno.readTextFileSync(`fixtures/measured/${name}`),
    ) as Result;
    if (part !== undefined) assertStringIncludes(html, `Only a part: ${part}. Attacks that are left out`);
    for (const note of notes) assertStringIncludes(html, note);
    const measured = Object.values(rows).flatMap((cells) => Object.values(cells)).filter(({ accuracy }) =>
      accuracy !== null
    );
    assertGreater(measured.length, 4);
    for (const { accuracy } of measured) {
      assertStringIncludes(html, `data-key="${accuracy}"`);
      assertStringIncludes(html, `>${(100 * accuracy!).toFixed(1)}</td>`);
    }
  }
});

Deno.test("a notebook's page shows the richest output that needs no script, and escapes plain text", () => {
  const link = () => undefined;
  const show = (data: Record<string, string>) => outputHtml({ output_type: "execute_result", data }, link);
  assertMatch(
    show({ "image/png": "AAAA\n", "text/plain": "a <b>" }),
    /src="data:image\/png;base64,AAAA" alt="a &lt;b&gt;"/,
  );
  assertMatch(show({ "text/markdown": "| a |\n|--|\n| b |", "text/plain": "a" }), /<td>b<\/td>/);
  assertStringIncludes(outputHtml({ output_type: "stream", text: ["<x", ">\n"] }, link), "&lt;x&gt;");
  const cells = [{ cell_type: "markdown", source: "# T\n[a](b.md)" }, { cell_type: "code", source: "1 < 2" }];
  const html = notebookHtml({ cells }, link);
  assertStringIncludes(html, ">T</h1>");
  assertStringIncludes(html, "a</p>"); // the link leads nowhere on the site
  assertStringIncludes(html, "&lt;");
});

Deno.test("a document's head is its title and its first sentences, without marks", () => {
  const text =
    "# The `kit`\n\n## Part\n\nIt *does* [this](a.md), well.\nOften. Never more than what fits in a line.\n\nMore.\n";
  const { title, summary } = headOf(text);
  assertEquals(title, "The kit");
  assertEquals(summary, "It does this, well. Often.");
  const [starred, cited] = [
    headOf("# A * b *c*<!-- d -->\n\nAfter X et al. (2018):\n"),
    headOf("# A\n\nB.\n"),
  ];
  assertEquals(starred, { title: "A * b c", summary: "After X et al. (2018)." });
  assertEquals(cited.summary, "B.");
  assertStringIncludes(htmlOf("## A `b` & c"), `id="a-b--c"`);
});

Deno.test({
  name: "the site in Chromium",
  ignore,
  async fn(context) {
    await using server = served(site);
    const browser = await chromium.launch({ executablePath: chromiumPath()!, timeout: PATIENCE });
    const shots = Deno.env.get("SCREENSHOTS");
    const notebook = pages.find((path) => /^lessons\/(?!index)/.test(path))!;
    try {
      for (
        const path of [
          "index.html",
          "leaderboard.html",
          "lessons/index.html",
          notebook,
          "docs/engines.html",
          "results.html",
        ]
      ) {
        await context.step(
          `${path} opens without trouble, and fits 400 and 1300 pixels, light and dark`,
          async () => {
            const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
            page.setDefaultTimeout(PATIENCE);
            const trouble = troubleOf(page, server.address);
            await page.goto(server.address + path);
            for (
              const [width, colorScheme] of [[1300, "light"], [1300, "dark"], [400, "light"], [
                400,
                "dark",
              ]] as const
            ) {
              await page.setViewportSize({ width, height: 900 });
              await page.emulateMedia({ colorScheme });
              await assertFits(page, width);
              const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
              assertEquals(ground, colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(15, 20, 25)");
              if (shots && path !== "results.html") {
                const name = `${path.replaceAll("/", "-").replace(".html", "")}-${width}-${colorScheme}.png`;
                await Deno.writeFile(join(shots, name), await page.screenshot({ fullPage: true }));
              }
            }
            assertEquals(trouble, []);
            await page.close();
          },
        );
      }

      await context.step(
        "a click on a head sorts a leaderboard, and the next click turns it round",
        async () => {
          const page = await browser.newPage();
          page.setDefaultTimeout(PATIENCE);
          await page.goto(`${server.address}leaderboard.html`);
          const table = page.locator(".leaderboard").first();
          const head = table.getByRole("columnheader", { name: /^Clean/ });
          const column = async () =>
            (await table.locator("tbody tr td:nth-child(4)").allInnerTexts()).map(Number).filter(
              Number.isFinite,
            );
          await head.getByRole("button").click();
          const falling = await column();
          assertEquals(falling, falling.toSorted((a, b) => b - a));
          assertEquals(await head.getAttribute("aria-sort"), "descending");
          await head.getByRole("button").press("Enter");
          assertEquals(await column(), falling.toReversed());
          assertEquals(await table.locator("[aria-sort=ascending]").count(), 1);
          await page.close();
        },
      );

      await context.step("the menu leads from each part to each other", async () => {
        const page = await browser.newPage();
        page.setDefaultTimeout(PATIENCE);
        await page.goto(`${server.address}docs/index.html`);
        await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Leaderboard" })
          .click();
        await page.getByRole("link", { name: "Lessons" }).click();
        assertMatch(page.url(), /\/some\/where\/lessons\/index\.html$/);
        assertEquals(await page.locator("[aria-current=page]").innerText(), "Lessons");
        await page.close();
      });
    } finally {
      await browser.close();
    }
  },
});

Deno.test("the site's colours have a contrast of at least 4.5 to 1 on each ground, light and dark", () => {
  const css = textOf("site.css");
  for (const block of [css.slice(0, css.indexOf("@media")), css.slice(css.indexOf("@media"))]) {
    const colour = (name: string) => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(block)![1]!;
    for (const ground of ["paper", "raised"]) {
      for (const name of ["ink", "quiet", "blue", "orange"]) {
        assertGreater(contrast(colour(name), colour(ground)), 4.5, `${name} on ${ground}`);
      }
    }
  }
});

/** The contrast of two colours, as the Web Content Accessibility Guidelines have it. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255).map((value) =>
      value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}
