/** The style sheet of pages. Colour-blind readers can tell blue from orange, and the shapes differ too. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --raised: #f6f8fa;
  --blue: #0b5cad; --orange: #a04000; --shadow: #0003; --margin: 1.25rem;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1419; --ink: #e6e8eb; --quiet: #9aa4ae; --line: #39424c; --raised: #1a2129;
    --blue: #6cb2ff; --orange: #ffab70; --shadow: #fff3;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 106rem; margin: 0 auto; padding: 2rem var(--margin) 6rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p { max-width: 46rem; margin: .25rem 0; }
.caption { margin: .5rem 0 1rem; font-size: 1.1rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
html:not(.scripted) .scripted { display: none; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.chips li { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem; background: var(--raised); }
a { color: var(--blue); }
.scroll { /* with a shadow where there is more */
  overflow: auto; max-width: max-content; margin: .5rem 0; background:
    linear-gradient(to left, var(--paper) 30%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to left, var(--shadow), transparent) right / 1rem 100% no-repeat scroll;
}
/* Heads stay in view: at the top of the frame, or of the window where a script says that the table is no wider than its frame. */
.scroll:has(> table) { max-height: calc(100vh - 2rem); }
.scroll.fits { overflow: visible; max-height: none; background: none; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--paper); }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 2px solid var(--ink); text-align: right; vertical-align: bottom; font-weight: 600; max-width: 7rem; }
thead th:first-child, tbody th { position: sticky; left: 0; background: var(--paper); text-align: left; }
thead th:first-child { z-index: 3; }
tbody th { z-index: 1; }
th, td { padding: .35rem .6rem; }
tbody th, td { border-bottom: 1px solid var(--line); vertical-align: top; }
tbody th { min-width: 10rem; max-width: 20rem; font-weight: 600; }
html.scripted .folded .each, .lowest { display: none; }
html.scripted .folded .lowest { display: table-cell; }
tbody th .quiet { display: block; font-weight: 400; }
td { text-align: right; white-space: nowrap; }
td.quiet { font-size: 1rem; }
thead button { position: relative; padding: .2rem .9em .2rem .1rem; border: 0; background: none; color: inherit; font: inherit; text-align: inherit; cursor: pointer; }
.word { white-space: nowrap; }
thead button:hover { text-decoration: underline; }
html:not(.scripted) thead button { pointer-events: none; }
html:not(.scripted) .arrow { display: none; }
.arrow { position: absolute; right: 0; bottom: .2rem; width: .8em; text-align: center; color: var(--blue); }
[aria-sort=none] .arrow::after { content: "\\2195"; color: var(--quiet); opacity: .6; }
[aria-sort=descending] .arrow::after { content: "\\2193"; }
[aria-sort=ascending] .arrow::after { content: "\\2191"; }
sup { line-height: 0; }
sup a { text-decoration: none; padding: 0 .1em; }
.paper { color: var(--quiet); }
.cell { display: inline-block; cursor: help; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: 2px; }
.strip { display: block; width: 80px; height: 12px; margin-left: auto; }
p .strip { display: inline-block; vertical-align: middle; }
.strip path, .strip circle { fill: none; stroke-width: 1.5; }
.axis { stroke: var(--line); }
.strip .interval { stroke: var(--blue); stroke-width: 4; opacity: .45; }
.strip .measured { fill: var(--blue); }
.strip .reported { stroke: var(--orange); }
[role=tooltip] {
  display: none; position: fixed; z-index: 9; inset: auto 1rem 1rem auto; width: max-content; max-width: min(26rem, 100vw - 2rem);
  padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--raised);
  box-shadow: 0 4px 16px #0004; text-align: left; white-space: normal; overflow-wrap: anywhere; font-size: .875rem; cursor: auto;
}
[role=tooltip]::before { content: ""; position: absolute; z-index: -1; inset: -.5rem 0; } /* the mouse's way from the cell */
[role=tooltip] > * { display: block; }
.cell:hover [role=tooltip], .cell:focus-within [role=tooltip] { display: block; }
body:has(.cell:hover) .cell:focus-within:not(:hover) [role=tooltip], body.dismissed .cell [role=tooltip] { display: none; }
.findings { padding-left: 1.8rem; }
.findings li { margin: 0 0 1rem; padding-left: .3rem; break-inside: avoid; overflow-wrap: anywhere; }
.findings li:target { outline: 2px solid var(--blue); outline-offset: .2rem; border-radius: 2px; }
@media screen and (min-width: 70rem) { .findings { columns: 2; column-gap: 3rem; } }
.severity { font-weight: 600; }
.severity.serious { color: var(--orange); }
.severity.warning { color: var(--blue); }
.severity.note { color: var(--quiet); }
.remedy { padding-left: .8rem; border-left: 3px solid var(--line); color: var(--quiet); }
details { margin-top: 1rem; }
summary { width: max-content; max-width: 100%; cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 106rem) {
  table { font-size: .9375rem; }
  th, td { padding: .3rem .4rem; }
  .strip { width: 64px; height: 10px; }
}
@media (max-width: 40rem) {
  :root { --margin: .75rem; }
  [role=tooltip] { inset: auto .5rem .5rem; width: auto; max-width: none; }
  tbody th { min-width: 7rem; max-width: 9rem; font-size: .875rem; line-height: 1.35; }
}
/* On paper everything is there: what is folded, and every column. */
@media print {
  @page { size: landscape; margin: 12mm; }
  :root { font-size: 11px; }
  body { font-size: 1rem; }
  main { max-width: none; padding: 0; }
  nav[aria-label=Pages] { display: none !important; }
  thead { position: static !important; translate: none !important; }
  p { max-width: 70rem; }
  .scroll:has(> table), .scroll { overflow: visible; max-width: none; max-height: none; background: none; }
  table { font-size: min(1rem, 100vw / (15 + 6 * var(--columns, 1))); }
  th, td { padding: .2em .3em; }
  thead th { max-width: 6em; }
  thead th, thead th:first-child, tbody th { position: static; }
  thead button { position: static; } /* else Chromium leaves it out where it repeats the heads on the next page */
  thead th:first-child, tbody th { min-width: 11em; }
  html.scripted .folded .each { display: table-cell; }
  html.scripted .folded .lowest { display: none; }
  details::details-content { content-visibility: visible; }
  summary { list-style: none; break-after: avoid; }
  .scroll:has(> table), details:has(.checklist), thead, tr, li, dl, nav { break-inside: avoid; } /* a table breaks only where it is longer than a page */
  .word { white-space: normal; }
  h1, h2, h3, h4, .chips, .caption { break-after: avoid; }
  .findings { columns: 2; column-gap: 2rem; }
  .strip { width: 5em; height: .8em; }
  .arrow, .scripted:not(html), [role=tooltip] { display: none !important; }
}
`;
