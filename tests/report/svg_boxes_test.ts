import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { JSDOM } from "jsdom";
import { sharpWithFont, svg } from "../../lib/report/_sharp.ts";
import { textWidth } from "../../lib/report/_text_width.ts";
import { boxOf, fontSize, type SvgElement } from "../../lib/report/plotted/svg_boxes.ts";

function element(inside: string): SvgElement {
  const { window } = new JSDOM(`<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`);
  return window.document.querySelector("svg").firstElementChild;
}

function box(inside: string): number[] {
  const { x, y, width, height } = boxOf(element(inside));
  return [x, y, width, height].map((value) => Math.round(value * 1e6) / 1e6 + 0);
}

Deno.test("boxOf() measures shapes by their attributes", () => {
  assertEquals(box('<rect x="1" y="2" width="3" height="4"/>'), [1, 2, 3, 4]);
  assertEquals(box('<circle cx="5" cy="6" r="2"/>'), [3, 4, 4, 4]);
  assertEquals(box('<path d="M1,2L4,6H10V-1Z"/>'), [1, -1, 9, 7]);
  assertEquals(box('<path d="m1,2l3,4h6v-7z"/>'), [1, -1, 9, 7]);
  assertEquals(box('<path d="M0,0A2,2 0 0 1 .5-4"/>'), [0, -4, 0.5, 4]);
});

Deno.test("boxOf() puts the children of a group together as they are moved, turned and scaled", () => {
  const one = '<rect width="2" height="4"';
  assertEquals(box(`<g>${one}/>${one} transform="translate(10,20)"/></g>`), [0, 0, 12, 24]);
  assertEquals(box(`<g>${one} transform="rotate(90)"/></g>`), [-4, 0, 4, 2]);
  assertEquals(box(`<g>${one} transform="rotate(180,1,2)"/></g>`), [0, 0, 2, 4]);
  assertEquals(box(`<g>${one} transform="translate(10) scale(2)"/></g>`), [10, 0, 4, 8]);
});

Deno.test("boxOf() leaves out what is not seen, but not the element's own place", () => {
  assertEquals(box('<g><defs><rect width="9" height="9"/></defs><rect x="1" width="2" height="3"/></g>'), [
    1,
    0,
    2,
    3,
  ]);
  assertEquals(box('<g style="display: none"><rect width="9" height="9"/></g>'), [0, 0, 0, 0]);
  assertEquals(box('<g transform="translate(7,7)"><rect width="9" height="9"/></g>'), [0, 0, 9, 9]);
});

Deno.test("boxOf() measures text by its font size, anchor and lines", () => {
  const width = textWidth("accuracy", 20);
  for (const [anchor, left] of [["start", 100], ["middle", 100 - width / 2], ["end", 100 - width]] as const) {
    const text = element(
      `<g style="font-size: 20px"><text x="100" y="50" text-anchor="${anchor}">accuracy</text></g>`,
    );
    const found = boxOf(text);
    assertAlmostEquals(found.x, left, 1e-9);
    assertAlmostEquals(found.width, width, 1e-9);
    assertEquals(fontSize(text), 20);
  }
  const lines =
    '<text font-size="10"><tspan class="line">a</tspan><tspan class="line">accuracy</tspan></text>';
  assertAlmostEquals(boxOf(element(lines)).width, textWidth("accuracy", 10), 1e-9);
  assertAlmostEquals(boxOf(element(lines)).height, 10 * (1.18 + 1.3), 1e-9);
});

Deno.test("textWidth() is not less than what is drawn, and hardly more", async () => {
  const sharp = await sharpWithFont();
  const names = [
    "GCLN, q = 10 (paper)",
    "white-box, straight-through",
    "chance (10 %)",
    "100",
    "Madry & al. 2018",
  ];
  for (const text of names) {
    for (const bold of [false, true]) {
      const drawn = svg(900, 100, [{ text, x: 10, y: 60, size: 40, colour: "#000", bold }]);
      const { info } = await sharp(drawn).flatten({ background: "#fff" }).trim().toBuffer({
        resolveWithObject: true,
      });
      const ratio = info.width / textWidth(text, 40, bold);
      assert(ratio > 0.9 && ratio <= (bold ? 1.01 : 1), `${text}${bold ? ", bold" : ""}: ${ratio}`);
    }
  }
});
