import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { reported } from "@gcln/kit/evaluation";
import { panelsOf, toHtml, toMarkdown, toSite } from "@gcln/kit/report";
import { JSDOM } from "jsdom";
import { DARK, DARK_LINES } from "../../lib/report/site/dark.ts";
import { lineStyle } from "../../lib/report/curve/line_styles.ts";
import { sample } from "./_sample.ts";
import { sampleFigure, sampleSite } from "./_sample_site.ts";
import { assertApart, contrast } from "./_colour_vision.ts";

/** The part of a jsdom element that the tests read. */
interface Element {
  readonly textContent: string;
  readonly id: string;
  readonly tagName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  querySelectorAll(selector: string): Iterable<Element>;
  closest(selector: string): Element | null;
  getAttribute(name: string): string | null;
}

const site = sampleSite(), page = await toSite(site), still = await toSite(site, { figures: "pictures" });
const { document } = new JSDOM(page).window as unknown as { readonly document: Element };

function all(selector: string, within: Element = document): Element[] {
  return [...within.querySelectorAll(selector)];
}

function texts(selector: string): string[] {
  return all(selector).map(({ textContent }) => textContent);
}

Deno.test("toSite() has tables, then figures, then the rest, and the run of the largest profile of each first", () => {
  assertEquals(texts(".experiment > h2"), [
    "Table 1",
    "Figure 2",
    "Figure 3",
    "Figure 4",
    "Steps",
    "The paper's own numbers",
  ]);
  assertEquals(all("#table1 .run").map(({ id }) => id), [
    "table1-course-fashion-mnist",
    "table1-quick-street-digits",
  ]);
});

Deno.test("toSite() lists in its contents what is there, and says what is not", () => {
  assertEquals(
    all("nav a").map((link) => link.getAttribute("href")),
    all(".experiment, .run").map(({ id }) => `#${id}`),
  );
  assertStringIncludes(texts("nav").join(), "2 serious findings");
  assertStringIncludes(texts("nav").join(), "Not measured yet: Table 2.");
});

Deno.test("toSite() gives every id once, and every reference leads to one", () => {
  const ids = all("[id]").map(({ id }) => id), known = new Set(ids);
  assertEquals(ids.length, known.size);
  const links = all("a[href^='#']").map((link) => link.getAttribute("href")!.slice(1)).filter(Boolean);
  const described = all("[aria-describedby]").map((cell) => cell.getAttribute("aria-describedby")!);
  assert(links.length > 10 && described.length > 50);
  for (const id of [...links, ...described]) assert(known.has(id), id);
});

Deno.test("toSite() loads nothing from elsewhere", () => {
  for (const element of all("*")) {
    for (const { name, value } of element.attributes) {
      if (!/^(src|href|xlink:href|srcset|action|data|poster)$/.test(name)) continue;
      assert(value.startsWith("#") || value.startsWith("data:image/png;base64,"), `${name}=${value}`);
    }
  }
  for (const style of [...texts("style"), ...all("[style]").map((e) => e.getAttribute("style")!)]) {
    assertEquals(style.match(/@import|url\((?!["']?#)/g), null);
  }
});

Deno.test("toSite() escapes what results say", () => {
  assertEquals(texts("title"), ["Sample & site"]);
  assertEquals(texts("header .caption"), ["Made up <for tests>"]);
  assertEquals(
    all("#table1 img").map((image) => [image.getAttribute("alt"), image.getAttribute("width")]),
    [[`"Red" <pixel>`, "1"]],
  );
  for (const said of ["<for tests>", `"Red" <pixel>`, "<L∞>", "<ε ="]) assert(!page.includes(said), said);
});

Deno.test("toSite() keeps a name that ends a script inside its figure", async () => {
  const found = { ...sampleFigure("figure3"), experiment: "figure" };
  const name = "</script><script>alert(1)</script>";
  const series = { [name]: found.panels["left"]!.series["Our method"]! };
  const panels = { left: { ...found.panels["left"]!, series } };
  const html = await toSite({ title: "", introduction: "", runs: [{ found: { ...found, panels } }] });
  assert(!html.includes("<script>alert"));
  const { document } = new JSDOM(html).window as unknown as { readonly document: Element };
  const [first] = all(".plot script", document);
  assertStringIncludes(JSON.stringify(JSON.parse(first!.textContent).data), "alert(1)");
});

Deno.test("toSite() writes the same page letter by letter, in whatever order the runs come", async () => {
  assertEquals(await toSite({ ...site, runs: site.runs.toReversed() }), page);
});

Deno.test("toSite() holds Plotly once, and says how large it is; not at all where no figure needs it", async () => {
  const library = /plotly\.js \(basic - minified\) v(\d+\.\d+\.\d+)/g;
  const [found, ...more] = page.matchAll(library);
  assertEquals(more, []);
  assertStringIncludes(texts("footer").join(), `plotly.js ${found![1]} (MIT licence), 1.2 MB of the page`);
  const tables = await toSite({ ...site, runs: site.runs.filter(({ found }) => "rows" in found) });
  for (const html of [still, tables]) {
    assertEquals(html.match(library), null);
    assert(!html.includes("Plotly.react"));
  }
  assert(still.length < page.length - 1_100_000);
});

Deno.test("toSite() draws its figures with the version of Plotly that draws their pictures", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  const version = (name: string) => imports[name].split("@").at(-1);
  assertEquals(version("plotly.js-basic-dist-min"), version("plotly.js-dist"));
});

Deno.test("toSite() has a picture of each figure, for wide screens and for narrow ones", () => {
  const plots = (selector: string) => all(`${selector} .plot`).map((plot) => plot.getAttribute("class"));
  assertEquals(plots("#figure3"), ["scroll plot wide", "scroll plot narrow", "scroll plot narrow"]);
  assertEquals(plots("#steps"), ["scroll plot wide", "scroll plot narrow"]);
  assertEquals(all(".plot .still svg").length, all(".plot").length);
  assertStringIncludes(texts("#figure3 .still text").join("|"), "Our method (paper)");
  const { document: without } = new JSDOM(still).window as unknown as { readonly document: Element };
  assertEquals(all(".plot .still svg", without).length, all(".plot").length);
  assertEquals(all(".live, .plot script", without), []);
});

Deno.test("toSite() has the numbers of a figure in tables, marked where a finding is", () => {
  assertEquals(texts("#figure4 details h4"), ["Left, by iterations", "Right, by ε"]);
  const [left, right] = all("#figure4 details table");
  const marks = (table: Element) =>
    all("sup a", table).map((mark) => mark.closest("tr")!.textContent.slice(0, 10));
  assertEquals([marks(left!), marks(right!)], [["Our method"], []]);
});

Deno.test("toSite() folds each checklist, with the count of what holds", () => {
  const summaries = all("#table1-quick-street-digits summary").map(({ textContent }) => textContent);
  assert(
    summaries.some((text) => /^Checklist: \d+ hold, \d+ fail, \d+ not shown$/.test(text)),
    summaries.join(),
  );
  assertEquals(all("details[open]"), []);
  assert(all("#table1-quick-street-digits details .checklist td").length > 10);
});

Deno.test("toSite() shows the numbers of Figure 2", () => {
  const rows = texts("#figure2 tbody th");
  assertEquals(rows, [
    "Original",
    "Cleaned without an attack",
    "Oblivious PGD: attacked",
    "Oblivious PGD: cleaned",
    "Another image",
  ]);
  assertEquals(texts("#figure2 tbody tr:first-child td"), [
    "96.0Original, Right, %96.0, 95 % interval 93.9 to 97.4n = 500",
    "-",
    "-",
    "-",
    "-",
  ]);
  assertStringIncludes(texts("#figure2 [role=tooltip]").join(), "0.10, 95 % interval 0.080 to 0.120");
});

Deno.test("toSite() says what the paper claims, and what it leaves open", async () => {
  const { caption, notes, panels } = reported("figure3");
  const runs = [{ found: sampleFigure("figure3") }];
  const paper = { figure3: { caption, notes, claims: panels.left.claims } };
  const html = await toSite({ title: "", introduction: "", runs, paper }, { figures: "pictures" });
  for (const said of [caption, ...panels.left.claims]) {
    assertStringIncludes(html.replaceAll("&#39;", "'"), said);
  }
});

Deno.test("toSite() has a word where no point of a figure is known", async () => {
  const found = {
    ...sampleFigure("figure3"),
    panels: { left: { x: "steps", caption: "", series: { a: [] } } },
  };
  assertStringIncludes(
    await toSite({ title: "", introduction: "", runs: [{ found }] }),
    "No point of the figure",
  );
});

Deno.test("toSite() refuses two runs of one name, and pictures that are none", async () => {
  const twice = { ...site, runs: [{ found: sample }, { found: sample }] };
  await assertRejects(
    () => toSite(twice),
    RangeError,
    "Cannot show two runs named table1-quick-street-digits",
  );
  const png = new TextEncoder().encode("GIF89a");
  const runs = [{ found: sample, pictures: [{ png, caption: "" }] }];
  await assertRejects(() => toSite({ ...site, runs }), RangeError, "a PNG file is wanted");
});

Deno.test("toSite() has lines on dark pages that colour-blind readers can tell apart, with enough contrast", () => {
  assertApart(DARK_LINES, 15);
  const ground = DARK["#ffffff"]!;
  for (const colour of DARK_LINES) assert(contrast(colour, ground) >= 4.5, colour);
  DARK_LINES.forEach((dark, i) => assertEquals(DARK[lineStyle(i).colour], dark));
  assertNotEquals(still.match(/style="[^"]*var\(--for-0072b2, rgb\(0, 114, 178\)\)/), null);
});

Deno.test("toHtml() and toMarkdown() show a figure of several panels as a table for each", () => {
  const found = sampleFigure("figure4"),
    { document } = new JSDOM(toHtml(found)).window as unknown as {
      readonly document: Element;
    };
  assertEquals(all("table", document).length, 2);
  assertEquals(all("sup a", document).map((mark) => mark.getAttribute("href")), ["#finding-1"]);
  const text = toMarkdown(found);
  assertStringIncludes(text, "**Left, by iterations**\n\n| iterations ");
  assertStringIncludes(text, "| ε ");
  assertEquals(text.match(/¹/g)?.length, 1);
});

Deno.test("panelsOf() draws the panels of a result with their axes, and chance where it is asked for", () => {
  const { figure } = panelsOf(sampleFigure("figure4"));
  const axis = (name: string) => (figure.layout[name] as { readonly type: string }).type;
  assertEquals([axis("xaxis"), axis("xaxis2")], ["linear", "log"]);
  assertEquals(figure.data.filter(({ name }) => name === "chance (10 %)").map(({ xaxis }) => xaxis), ["x2"]);
  assertStringIncludes(JSON.stringify(figure.layout.annotations), "Figure 4. Accuracy under PGD");
});
