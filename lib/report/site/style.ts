import { DARK, darkName } from "./dark.ts";

/** The style sheet of a page with many results; comes after that of tables. */
export const SITE_STYLE: string = `
@media screen and (prefers-color-scheme: dark) {
  :root { ${Object.entries(DARK).map(([light, dark]) => `${darkName(light)}: ${dark};`).join(" ")} }
}
.summary h2 { margin-top: 1rem; }
.summary td.text, .summary thead th:last-child { text-align: left; }
nav h2 { margin-top: 1.5rem; }
.contents { padding-left: 0; list-style: none; columns: 22rem; column-gap: 3rem; max-width: 80rem; }
.contents > li { margin: 0 0 .6rem; break-inside: avoid; }
.contents > li > a { font-weight: 600; }
.contents ul { padding-left: 1.2rem; }
.contents .quiet span { white-space: nowrap; }
.experiment { margin-top: 3.5rem; padding-top: .5rem; border-top: 3px solid var(--ink); }
.experiment > h2 { margin: 0 0 .25rem; font-size: 1.6rem; }
.experiment ul { max-width: 46rem; margin: .25rem 0; padding-left: 1.2rem; }
.experiment .chips { max-width: none; margin: 0 0 1rem; padding: 0; }
.run { margin-top: 2rem; }
.run > h3 { margin: 0; font-size: 1.2rem; }
.run > .caption { margin: .1rem 0 .6rem; font-size: 1rem; }
h4 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
.unfold { margin-top: .75rem; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--raised); color: inherit; font: inherit; cursor: pointer; }
figure { margin: 1rem 0; }
figure svg, figure img { display: block; }
figure img { max-width: none; height: auto; border-radius: .3rem; }
figcaption { margin-top: .3rem; max-width: 46rem; }
.plot.wide { padding-top: 26px; }
.plot .modebar { top: -26px !important; } /* above the legend */
.plot.narrow, .drawn > .still, .plot:not(.drawn) > .live { display: none; }
.status.holds { color: var(--blue); }
.status.fails { color: var(--orange); font-weight: 600; }
.status { color: var(--quiet); }
.checklist td { text-align: left; }
.checklist thead th { text-align: left; max-width: 9rem; }
.checklist tbody th { font-weight: 400; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); }
@media screen and (max-width: 60rem) {
  .plot.wide { display: none; }
  .plot.narrow { display: block; margin: 0 0 1rem; }
}
@media print {
  .checklist td { white-space: normal; }
  .experiment { margin-top: 0; border: 0; break-before: page; }
  .unfold { display: none; }
  .plot { padding: 0 !important; }
  .plot > .still { display: block !important; }
  .plot > .live { display: none !important; }
  figure { break-inside: avoid; }
  figure svg, figure img { width: auto; max-width: 100%; height: auto; max-height: 120mm; }
}
`;
