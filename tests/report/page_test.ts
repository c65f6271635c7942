import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { toHtml } from "@gcln/kit/report";
import { sample } from "./_sample.ts";

Deno.test("toHtml() loads nothing from elsewhere", () => {
  assertEquals(toHtml(sample).match(/(src|href)="(?!#)|@import|url\(/g), null);
});

Deno.test("toHtml() escapes what results say", () => {
  const page = toHtml({ ...sample, caption: `<script>alert("x")</script>` });
  assert(!page.includes("<script>alert"));
  assertStringIncludes(page, "&#60;script&#62;alert");
});

Deno.test("toHtml() gives each number a description that the keyboard reaches", () => {
  const page = toHtml(sample);
  const described = [...page.matchAll(/tabindex=0 aria-describedby="([^"]+)"/g)].map(([, id]) => id);
  const ids = [...page.matchAll(/role=tooltip id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(described, ids);
  assertEquals(new Set(ids).size, 11); // twelve cells, one of them without a number
  assertStringIncludes(page, "95 % interval 81.2 to 87.2 %");
});

Deno.test("toHtml() links every mark to its finding", () => {
  const page = toHtml(sample);
  const targets = new Set([...page.matchAll(/href="#(finding-\d+)"/g)].map(([, id]) => id));
  assertEquals([...targets].sort(), ["finding-1", "finding-2", "finding-3"]);
  for (const id of targets) assertMatch(page, new RegExp(`<li value="\\d" id="${id}"`));
});

Deno.test("toHtml() says a perturbation in units of a pixel's 255 levels", () => {
  assertStringIncludes(toHtml(sample), "ball (norm linf, epsilon 8 / 255), stepSize 1 / 255, steps 10");
});

Deno.test("toHtml() lists the provenance", () => {
  assertStringIncludes(toHtml(sample), "<dd>deno 2.9.6, tfjs 4.22.0</dd>");
});

Deno.test("toHtml() has a column with what others left, each break in its tooltip", () => {
  const found = { by: "Athalye et al. 2018", attack: "BPDA", on: "cifar10", left: 0.09, source: "Table 1" };
  const page = toHtml({ ...sample, breaks: { "GCLN, q = 10": [found] } });
  assertStringIncludes(page, "9.0 on cifar10 (Athalye et al. 2018)");
  assertStringIncludes(
    page,
    "9.0 % by BPDA on cifar10, at whatever distance it takes (Athalye et al. 2018, Table 1)",
  );
  assertStringIncludes(page, '<button type="button">Published break<span');
  assertEquals(toHtml(sample).includes("Published"), false);
});

Deno.test("toHtml() escapes what should be a number but is markup, in attributes too", () => {
  const markup = `"><script>alert(1)</script>` as unknown as number;
  const rows = { Mine: { PGD: { accuracy: null, reported: markup, quoted: false } } };
  assert(!toHtml({ ...sample, columns: ["PGD"], rows }).includes("<script>alert"));
});
