/**
 * Draws docs/story.png, the picture of the README: a few drawn digits attacked by one who does not know of the cleaning network
 * and by one who does, with what the classifier reads. The networks come with the kit; the images are the first of a seed.
 *
 *     deno run -A scripts/draw_story.ts
 */
import { illustrate, table1 } from "../lib/experiments/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { gallery, type Verdict } from "../lib/report/mod.ts";
import { tf } from "../lib/tensor/mod.ts";

const ROW = "Our method (Qs = 10)", COUNT = 4, SEED = 1;

/** The picture, and under each image whether it was read right. */
export interface Story {
  readonly png: Uint8Array;
  readonly captions: Readonly<Record<string, readonly Verdict[]>>;
}

/** The same images under both attackers. */
export async function story(): Promise<Story> {
  const [ignorant, knowing] = [await attackedBy("Oblivious PGD"), await attackedBy("BPDA PGD-50")];
  const images = {
    "original": ignorant.images.original,
    "attacked": ignorant.images.attacked,
    "cleaned": ignorant.images.cleaned,
    "attacked, the cleaner known": knowing.images.attacked,
    "cleaned, wrong now": knowing.images.cleaned,
  };
  const captions = {
    "original": verdictsOf(ignorant, "original"),
    "attacked": verdictsOf(ignorant, "attacked"),
    "cleaned": verdictsOf(ignorant, "cleaned"),
    "attacked, the cleaner known": verdictsOf(knowing, "attacked"),
    "cleaned, wrong now": verdictsOf(knowing, "cleaned"),
  };
  const { png } = await gallery(images, { labels: ignorant.truth, captions, scale: 4 });
  tf.dispose([ignorant.images, knowing.images]);
  return { png, captions };
}

function attackedBy(column: string) {
  return illustrate(table1, { row: ROW, column, count: COUNT, seed: SEED });
}

function verdictsOf(
  { predictions, truth }: Awaited<ReturnType<typeof illustrate>>,
  which: "original" | "attacked" | "cleaned",
): Verdict[] {
  return predictions[which].map((text, i) => ({ text, correct: text === truth[i] }));
}

if (import.meta.main) {
  const { png } = await story();
  await writeAtomically("docs/story.png", png);
  console.log(`docs/story.png, ${Math.round(png.length / 1000)} kB`);
}
