/**
 * Pages in a real Chromium, opened as files. `CHROMIUM` is the path of the program where it is not on `PATH`.
 * `SCREENSHOTS=FOLDER` keeps pictures of the pages.
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { toHtml, toSite } from "@gcln/kit/report";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { assertFits, chromiumPath, inChromium, type Opened, type Reader } from "./_chromium.ts";
import { sample, wide } from "./_sample.ts";
import { sampleSite } from "./_sample_site.ts";

const ignore = chromiumPath() === undefined;
if (ignore) console.warn("No Chromium on PATH: the tests of pages in a browser are left out");

const QUICK = "#table1-quick-street-digits", FIGURE = "#figure4-quick-street-digits";

interface PageTest {
  readonly name: string;
  readonly html: () => string | Promise<string>;
  readonly test: (open: (reader?: Reader) => Promise<Opened>) => Promise<void>;
}

const tests: PageTest[] = [];

/** A test of a page in the browser. All tests share one browser, since its start takes seconds. */
function pageTest(name: string, html: PageTest["html"], test: PageTest["test"]): void {
  tests.push({ name, html, test });
}

Deno.test({
  name: "pages in Chromium",
  ignore,
  fn: async (context) => {
    await inChromium(async (open) => {
      const file = await Deno.makeTempFile({ suffix: ".html" });
      try {
        for (const { name, html, test } of tests) {
          await Deno.writeTextFile(file, await html());
          await context.step(name, () => test((reader) => open(file, reader)));
        }
      } finally {
        await Deno.remove(file);
      }
    });
  },
});

let made: Promise<string> | undefined;
const site = () => made ??= toSite(sampleSite());

function names(page: Page, table = QUICK): Promise<string[]> {
  return page.locator(`${table} table`).first().locator("tbody th").evaluateAll((heads) =>
    heads.map((head) => head.getAttribute("data-key")!)
  );
}

function cell(page: Page, row: string, column: number): Locator {
  return page.locator(`${QUICK} table`).first().locator("tbody tr", { hasText: row }).locator("td").nth(
    column,
  )
    .locator(".cell");
}

/** Scrolls to a figure, and waits until Plotly has drawn it. */
async function drawn(page: Page, width: "wide" | "narrow" = "wide"): Promise<Locator> {
  const plot = page.locator(`${FIGURE} .plot.${width}`).first();
  await plot.scrollIntoViewIfNeeded();
  await plot.locator(".live .legend").waitFor();
  return plot;
}

pageTest(
  "a site opens from a file, draws everything, and neither complains nor asks for more",
  site,
  async (open) => {
    const { page, trouble } = await open();
    for (const plot of await page.locator(".plot.wide").all()) {
      await plot.scrollIntoViewIfNeeded();
      await plot.locator(".live .legend").waitFor();
    }
    await page.locator(".unfold").click();
    assertEquals(await page.locator("details:not([open])").count(), 0);
    assertEquals(trouble, []);
  },
);

pageTest("a table of a site sorts by a click on a head: falling, rising, as it was", site, async (open) => {
  const { page } = await open(), before = await names(page), other = "#table1-course-fashion-mnist";
  const pgd = page.locator(`${QUICK} table`).first().getByRole("columnheader", { name: "PGD" });
  assertEquals(await pgd.getAttribute("aria-sort"), "none");
  await pgd.getByRole("button").click();
  assertEquals([await pgd.getAttribute("aria-sort"), await names(page)], [
    "descending",
    ["GCLN, q = 10", "No Defense"],
  ]);
  await pgd.getByRole("button").press("Enter");
  assertEquals([await pgd.getAttribute("aria-sort"), await names(page)], [
    "ascending",
    ["No Defense", "GCLN, q = 10"],
  ]);
  await pgd.getByRole("button").click();
  assertEquals([await pgd.getAttribute("aria-sort"), await names(page)], ["none", before]);
  assertEquals(await names(page, other), before);
});

pageTest(
  "a table sorts by its rows' names, and what has no number goes last",
  () => {
    const { "No Defense": half, ...others } = sample.rows, { "C&W": _, ...cells } = half!;
    return toHtml({ ...sample, rows: { ...others, "No Defense": half!, "An adversary's": cells } });
  },
  async (open) => {
    const { page, trouble } = await open();
    const sorted = async (head: string) => {
      await page.getByRole("columnheader", { name: head }).getByRole("button").click();
      return await names(page, "main");
    };
    assertEquals(await sorted("Defense"), ["An adversary's", "GCLN, q = 10", "No Defense"]);
    assertEquals(await sorted("C&W"), ["GCLN, q = 10", "No Defense", "An adversary's"]);
    assertEquals(await page.locator("[aria-sort]:not([aria-sort=none])").count(), 1);
    assertEquals(trouble, []);
  },
);

pageTest("a cell says more under the mouse, inside the window, until Escape", site, async (open) => {
  const { page } = await open();
  for (const [row, column] of [["GCLN", 2], ["No Defense", 0]] as const) {
    const the = cell(page, row, column), said = the.locator("[role=tooltip]");
    assert(!await said.isVisible());
    await the.hover();
    assert(await said.isVisible());
    const { x, y, width, height } = (await said.boundingBox())!;
    assert(x >= 0 && y >= 0 && x + width <= 1280 && y + height <= 900, `${[x, y, width, height]}`);
    await page.keyboard.press("Escape");
    assert(!await said.isVisible());
    await page.mouse.move(0, 0);
  }
  await cell(page, "GCLN", 2).hover();
  const text = await cell(page, "GCLN", 2).locator("[role=tooltip]").innerText();
  for (
    const part of [
      "95 % interval 81.2 to 87.2 %",
      "n = 500, seed 1",
      "The paper reports 86.05 %",
      "ook 12.3 s",
    ]
  ) {
    assertStringIncludes(text, part);
  }
  await cell(page, "No Defense", 2).hover();
  assertStringIncludes(await cell(page, "No Defense", 2).innerText(), "Gradient calls: 5000 an image");
});

pageTest(
  "columns of one kind are one until a button unfolds them, and arrow keys skip what is folded",
  () => toHtml(wide),
  async (open) => {
    const { page, trouble } = await open(), button = page.getByRole("button", { name: "BPDA columns" });
    const heads = () =>
      page.locator("thead th:visible").evaluateAll((all) => all.map(({ textContent }) => textContent));
    const folded = ["Defense", "Clean", "Worst case", "FGS", "PGD", "BPDA, lowest of 3", "Strongest"];
    assertEquals(await heads(), folded);
    await page.locator("td .cell:visible").nth(4).focus(); // the folded column
    await page.keyboard.press("ArrowRight");
    assertEquals(await page.evaluate("document.activeElement.closest('td').dataset.key"), "0.14");
    assertEquals(await button.textContent(), "Show each of the 3 BPDA columns");
    await button.click();
    assertEquals(await heads(), [
      ...folded.slice(0, 5),
      "BPDA PGD",
      "BPDA PGD-50",
      "BPDA identity",
      "Strongest",
    ]);
    assertEquals([await button.getAttribute("aria-pressed"), trouble], ["true", []]);
    await button.click();
    assertEquals(await heads(), folded);
  },
);

pageTest("without scripts every column is there, and rows that are not measured unfold", () =>
  toHtml({
    ...wide,
    rows: { ...wide.rows, ...sample.rows },
  }), async (open) => {
  const { page } = await open({ javaScriptEnabled: false });
  assertEquals(
    await page.locator("table").first().locator("thead th:visible").count(),
    1 + wide.columns.length,
  );
  const pending = page.locator("details", { hasText: "Not measured here: 1 row" });
  assert(!await pending.locator("table").isVisible());
  await pending.locator("summary").click();
  assertStringIncludes(await pending.locator("table").innerText(), "(60.2†)");
});

/** The table of many rows: longer than the window. */
const long = () => {
  const row = Object.values(wide.rows)[0]!;
  return toHtml({
    ...wide,
    rows: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`Row ${i}`, row])),
  });
};

pageTest("the heads of a long table stay in view while one scrolls down", long, async (open) => {
  for (const [width, fits] of [[1300, true], [400, false]] as const) {
    const { page } = await open({ width }), table = page.locator("table").first();
    await page.locator(fits ? ".scroll.fits" : ".scroll:not(.fits)").first().waitFor();
    if (fits) await page.evaluate("scrollTo(0, 1500)");
    else await table.evaluate((element) => element.parentElement!.scrollTop = 1500);
    const head = (await table.locator("thead th:visible").nth(1).boundingBox())!;
    const top = fits ? 0 : (await page.locator(".scroll").first().boundingBox())!.y;
    assertAlmostEquals(head.y, top, 1);
    const row = (await table.locator("tbody tr").first().boundingBox())!;
    assert(row.y < -500, `the first row is at ${row.y}`);
    if (fits) continue;
    await page.evaluate("document.body.style.paddingBottom = '2000px'");
    const frame = page.locator(".scroll").first(), { y } = (await frame.boundingBox())!;
    await page.evaluate(`scrollBy(0, ${y + 300})`);
    await page.waitForFunction("document.querySelector('thead').style.translate !== ''");
    assertAlmostEquals((await table.locator("thead th:visible").nth(1).boundingBox())!.y, 0, 1);
    const onTop = "document.elementFromPoint(30, 10).closest('thead') !== null";
    assert(await page.evaluate(onTop), "a row's head covers the heads");
    await page.evaluate("scrollTo(0, 0)");
    await page.waitForFunction("document.querySelector('thead').style.translate === ''");
  }
});

pageTest(
  "on paper a site is light, unfolded, with all columns, and nothing is cut off at the right",
  () => toSite({ ...sampleSite(), runs: [...sampleSite().runs, { found: { ...wide, experiment: "wide" } }] }),
  async (open) => {
    const width = 1030; // pixels of A4 landscape between margins of 12 mm
    const { page, trouble } = await open({ width, colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    assertEquals(
      await page.evaluate("getComputedStyle(document.body).backgroundColor"),
      "rgb(255, 255, 255)",
    );
    assertEquals(await page.locator(".each:visible").count() > 0, true);
    assertEquals(await page.locator(".lowest:visible").count(), 0);
    const hidden = await page.locator("details > :not(summary)").evaluateAll((all) =>
      all.filter((element) => !element.checkVisibility({ contentVisibilityAuto: true })).length
    );
    assertEquals(hidden, 0);
    const cut = await page.locator("table").evaluateAll(
      (tables, width) =>
        tables.map((table) => table.getBoundingClientRect().right).filter((right) => right > width),
      width,
    );
    assertEquals(cut, []);
    const pdf = new TextDecoder("latin1").decode(await page.pdf({ preferCSSPageSize: true }));
    const [, w, h] = /\/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf)!;
    assert(Number(w) > Number(h), "landscape");
    assertEquals(trouble, []);
  },
);

pageTest("arrow keys lead from cell to cell, and Tab past a table", site, async (open) => {
  const { page } = await open();
  await cell(page, "No Defense", 0).focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  assert(await cell(page, "GCLN", 2).locator("[role=tooltip]").isVisible());
  assert(!await cell(page, "No Defense", 0).locator("[role=tooltip]").isVisible());
  await page.keyboard.press("ArrowDown"); // there is no more row
  assert(await cell(page, "GCLN", 2).evaluate((element) => element === element.ownerDocument.activeElement));
  assertEquals(await page.locator(`${QUICK} table`).first().locator(".cell[tabindex='0']").count(), 1);
});

pageTest("a figure is Plotly's, and a point says its interval, n and seeds", site, async (open) => {
  const { page } = await open(), plot = await drawn(page);
  assert(await plot.locator(".live").isVisible() && !await plot.locator(".still").isVisible());
  assertEquals(await plot.locator(".live .scatterlayer .trace").count(), 3 + 1 + 3 + 1 + 1);
  await page.evaluate("new Promise(requestAnimationFrame)");
  const box = (await plot.locator(".live .trace .point").nth(3).boundingBox())!;
  await page.mouse.move(box.x + box.width / 2 - 1, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const said = plot.locator(".hoverlayer .hovertext");
  await said.waitFor();
  assertMatch(await said.textContent() ?? "", /iterations: 60.*\[\d.*n = 500, seed 1.*Gradient calls: 40/);
});

pageTest(
  "a figure follows the reader's system into the dark, and is a light picture in print",
  site,
  async (open) => {
    const { page, trouble } = await open(), plot = await drawn(page);
    const line = plot.locator(".live .js-line").first();
    const colour = () =>
      line.evaluate((element) => (element as unknown as { style: { stroke: string } }).style.stroke);
    const light = await colour();
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(
      `document.querySelector("${FIGURE} .plot.wide .live .js-line")?.style.stroke !== "${light}"`,
    );
    assertNotEquals(await colour(), light);
    await page.emulateMedia({ media: "print" });
    assert(await plot.locator(".still").isVisible() && !await plot.locator(".live").isVisible());
    const ink = await page.evaluate(`getComputedStyle(document.querySelector("${FIGURE} .still text")).fill`);
    assertEquals(ink, "rgb(26, 26, 26)");
    assertEquals(trouble, []);
  },
);

pageTest("without scripts figures are pictures and cells still speak", site, async (open) => {
  const { page } = await open({ javaScriptEnabled: false });
  assert(await page.locator(`${FIGURE} .plot.wide .still`).isVisible());
  await cell(page, "GCLN", 2).hover();
  assert(await cell(page, "GCLN", 2).locator("[role=tooltip]").isVisible());
  assertEquals(await page.locator(".scripted >> visible=true").count(), 0);
});

pageTest("a link to what is folded unfolds it", site, async (open) => {
  const { page } = await open(), head = page.locator(`${FIGURE} details table`).first();
  assert(!await head.isVisible());
  await page.evaluate(
    `document.querySelector("${FIGURE} details table").id = location.hash = "folded"`,
  );
  await head.waitFor();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    pageTest(`a site fits ${width} pixels, ${colorScheme}`, site, async (open) => {
      const { page, trouble } = await open({ width, colorScheme }), narrow = width < 960;
      await drawn(page, narrow ? "narrow" : "wide");
      await assertFits(page, width);
      assertEquals(await page.locator(`${FIGURE} .plot.wide`).isVisible(), !narrow);
      const wide = await page.locator("main *:visible").evaluateAll(
        (elements, width) =>
          elements.filter((element) =>
            element.closest(".scroll, svg, .unseen") === null && element.getBoundingClientRect().right > width
          ).map(({ outerHTML }) => outerHTML.slice(0, 80)),
        width,
      );
      assertEquals(wide, []);
      const shot = await page.screenshot({ fullPage: true }), folder = Deno.env.get("SCREENSHOTS");
      if (folder) await Deno.writeFile(`${folder}/site-${width}-${colorScheme}.png`, shot);
      const { data } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      assertEquals([...data.subarray(0, 3)], colorScheme === "light" ? [255, 255, 255] : [15, 20, 25]);
      assertEquals(trouble, []);
    });
  }
}
