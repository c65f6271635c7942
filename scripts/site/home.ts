/** Writes the first page. */
import { join } from "node:path";
import type { Result } from "../../lib/evaluation/mod.ts";
import { escape } from "./escape.ts";
import { framed } from "./frame.ts";
import { measuredResults, titleOf } from "./results.ts";

/** The table and the row that tell the paper's story, and what its columns mean to a reader. */
const TABLE = "table1", ROW = "Our method (Qs = 10)";
const bars: Readonly<Record<string, string>> = {
  "PGD": "PGD, exact gradient of rounding (it is zero)",
  "Oblivious PGD": "PGD on the classifier alone",
  "BPDA PGD": "PGD, rounding taken for the identity",
  "Strongest": "the strongest attack that the kit finds",
  "Worst case": "all attacks together",
};

function bar(name: string, share: number, kind: string): string {
  return `<tr class=${kind}><th scope=row>${escape(name)}</th><td><span class=bar style="width:${
    (100 * share).toFixed(1)
  }%"></span><span class=number>${(100 * share).toFixed(1)} %</span></td></tr>`;
}

/** Which images the numbers are for. */
function dataOf({ dataset, rows }: Result): string {
  const ours = `${rows[ROW]!["Worst case"]?.n ?? "some"} images`, paper = "CIFAR-10";
  return titleOf(dataset) === paper
    ? `Both the paper's number and ours are for ${paper}, ours for ${ours} and a smaller network.`
    : `The paper's number is for ${paper}, ours for ${ours} of ${titleOf(dataset)}.`;
}

/** What the paper reports for its method, and what attacks leave of it, as bars; nothing where it was not measured. */
export function storyOf(results: readonly Result[]): string {
  const found = results.find(({ experiment, rows }) => experiment === TABLE && rows[ROW]?.["BPDA PGD"]);
  const cells = found?.rows[ROW], reported = cells?.["PGD"]?.reported;
  if (found === undefined || cells === undefined) return "";
  const measured = Object.entries(bars).flatMap(([column, name]) => {
    const accuracy = cells[column]?.accuracy;
    return typeof accuracy === "number"
      ? [bar(name, accuracy, column === "PGD" ? "doubted" : "measured")]
      : [];
  });
  return `<h2>What is left of the paper's method</h2>
<table class=story>
<caption>Images read right under attack: ${escape(found.caption)}. ${escape(dataOf(found))}</caption>
<tbody>${typeof reported === "number" ? bar("reported by the paper, PGD", reported, "reported") : ""}${
    measured.join("")
  }</tbody></table>
<p class=hint><a href="leaderboard.html">All defenses</a> · <a href="explorer/index.html">See it happen to one image</a></p>`;
}

/**
 * Writes the first page into the site's folder.
 *
 * @param site The site's folder.
 */
export async function writeHome(site: string): Promise<void> {
  const results = measuredResults().map(({ found }) => found).filter((found): found is Result =>
    "rows" in found
  );
  const text = await Deno.readTextFile(new URL("./home.html", import.meta.url));
  await Deno.writeTextFile(
    join(site, "index.html"),
    framed({
      path: "index.html",
      title: "Generative cleaning networks, examined",
      summary:
        "A research kit that reproduces a purification defense, attacks it, and says what its numbers are worth.",
      main: text.replace("<!-- story -->", () => storyOf(results)),
    }),
  );
}
