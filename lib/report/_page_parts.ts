/** How the page looks. Blue and orange are told apart by all kinds of colour-blind eyes; shapes differ too. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --raised: #f6f8fa;
  --blue: #0b5cad; --orange: #a04000;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1419; --ink: #e6e8eb; --quiet: #9aa4ae; --line: #39424c; --raised: #1a2129;
    --blue: #6cb2ff; --orange: #ffab70;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 106rem; margin: 0 auto; padding: 2rem 1.25rem 6rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p { max-width: 46rem; margin: .25rem 0; }
.caption { margin: .5rem 0 1rem; font-size: 1.1rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.chips li { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem; background: var(--raised); }
a { color: var(--blue); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 2px solid var(--ink); text-align: right; vertical-align: bottom; font-weight: 600; max-width: 7rem; }
thead th:first-child, tbody th { text-align: left; }
th, td { padding: .35rem .6rem; }
tbody th, td { border-bottom: 1px solid var(--line); vertical-align: top; }
tbody th { min-width: 10rem; font-weight: 600; position: sticky; left: 0; z-index: 1; background: var(--paper); }
tbody th .quiet { display: block; font-weight: 400; }
td { text-align: right; white-space: nowrap; }
td.quiet { font-size: 1rem; }
thead button { text-align: right; padding: .2rem .1rem; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
thead button:hover { text-decoration: underline; }
.arrow { display: inline-block; width: 1em; text-align: center; color: var(--blue); }
[aria-sort=none] .arrow::after { content: "\\2195"; color: var(--quiet); opacity: .6; }
[aria-sort=descending] .arrow::after { content: "\\2193"; }
[aria-sort=ascending] .arrow::after { content: "\\2191"; }
sup { line-height: 0; }
sup a { text-decoration: none; padding: 0 .1em; }
.paper { color: var(--quiet); }
.cell { position: relative; display: inline-block; cursor: help; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: 2px; }
.strip { display: block; width: 80px; height: 12px; margin-left: auto; }
p .strip { display: inline-block; vertical-align: middle; }
.strip path, .strip circle { fill: none; stroke-width: 1.5; }
.axis { stroke: var(--line); }
.strip .interval { stroke: var(--blue); stroke-width: 4; opacity: .45; }
.strip .measured { fill: var(--blue); }
.strip .reported { stroke: var(--orange); }
[role=tooltip] {
  visibility: hidden; position: absolute; z-index: 3; top: 100%; width: max-content; max-width: 22rem; margin-top: .3rem;
  padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--raised);
  box-shadow: 0 4px 16px #0004; text-align: left; white-space: normal; font-size: .875rem; cursor: auto;
}
[role=tooltip]::before { content: ""; position: absolute; inset: -.4rem 0 auto; height: .4rem; }
[role=tooltip] > * { display: block; }
.left [role=tooltip] { left: 0; }
.right [role=tooltip] { right: 0; }
.cell:hover [role=tooltip], .cell:focus-within [role=tooltip] { visibility: visible; }
.cell:hover { z-index: 4; }
.dismissed [role=tooltip] { visibility: hidden !important; }
ol { padding-left: 1.8rem; }
li { scroll-margin-top: 1rem; }
ol li { margin: 0 0 1rem; padding-left: .3rem; }
ol li:target { outline: 2px solid var(--blue); outline-offset: .4rem; border-radius: 2px; }
.severity { font-weight: 600; }
.severity.serious { color: var(--orange); }
.severity.warning { color: var(--blue); }
.severity.note { color: var(--quiet); }
.remedy { padding-left: .8rem; border-left: 3px solid var(--line); color: var(--quiet); }
details { margin-top: 2.5rem; }
summary { cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 106rem) {
  .scroll { overflow-x: auto; }
  .cell [role=tooltip] { position: fixed; inset: auto 1rem 1rem; width: auto; max-width: none; }
  .cell:hover [role=tooltip] { z-index: 5; }
}
@media print { thead button .arrow, details { display: none; } }
`;

/** Sorting by a column (falling, rising, as it was), and Escape against a tooltip that is in the way. */
export const SCRIPT: string = `
const body = document.querySelector("tbody"), original = [...body.rows];
for (const head of document.querySelectorAll("thead th")) {
  head.querySelector("button")?.addEventListener("click", () => {
    const next = { none: "descending", descending: "ascending", ascending: "none" }[head.ariaSort];
    for (const other of document.querySelectorAll("thead [aria-sort]")) other.ariaSort = "none";
    head.ariaSort = next;
    const sign = next === "ascending" ? 1 : -1;
    const key = (row) => row.cells[head.cellIndex].dataset.key;
    const known = original.filter((row) => key(row) !== undefined), unknown = original.filter((row) => key(row) === undefined);
    if (next !== "none") known.sort((a, b) => sign * (key(a) - key(b)));
    body.append(...next === "none" ? original : [...known, ...unknown]);
  });
}
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.body.classList.add("dismissed");
});
for (const event of ["focusin", "pointerover"]) {
  document.addEventListener(event, ({ target }) => {
    if (target.closest?.(".cell")) document.body.classList.remove("dismissed");
  });
}
`;
