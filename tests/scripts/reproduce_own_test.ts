import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Result } from "@gcln/kit/evaluation";
import { denoDir } from "../_deno_dir.ts";

const script = new URL("../../scripts/reproduce.ts", import.meta.url).href;
const text = new TextDecoder();
/** A user's file: a data set of two classes and 16 x 24 pixels, a defense, and a table with both. */
const KINDS = `
import {
  classifierSpec, dataset, defineDataset, defineDefense, factsOf, standBehind,
} from "@gcln/kit";

const classes = ["dark", "bright"], shape = [16, 24, 1] as const;
const part = (split: "train" | "test", count: number) => {
  const labels = Array.from({ length: count }, (_, image) => image % 2);
  const pixels = Uint8Array.from({ length: count * 384 }, (_, i) => (labels[Math.floor(i / 384)] ? 170 : 50) + i % 37);
  return dataset({ name: "shades", split, classes, shape, pixels, labels });
};
const parts = { train: part("train", 128), test: part("test", 40) };
defineDataset({ name: "shades", facts: factsOf(parts), load: (split) => parts[split] });

export const faded = defineDefense({
  name: "faded",
  source: "a test",
  traits: [],
  settings: { strength: { wanted: "a share", accepts: (value) => typeof value === "number" } },
  required: ["strength"],
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec({ ...profile, network: { width: 2, stem: 2 }, images: 256 }, dataset, seed),
  }),
  stand: ({ classifier }, { strength }) =>
    standBehind(classifier, (images) => images.sub(0.5).mul(1 - strength).add(0.5) as typeof images),
});
`;

const TABLE = `
import { table1 } from "@gcln/kit";
import { faded } from "./kinds.ts";

export const mine = {
  ...table1,
  name: "mine",
  title: "A row of my own",
  dataset: "shades",
  rows: { "Mine": faded({ strength: 0.25 }), "More": faded({ strength: 0.5 }) },
};
`;

async function withFiles(
  test: (run: (...args: string[]) => Promise<Ended>, folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/kinds.ts`, KINDS);
  await Deno.writeTextFile(`${folder}/table.ts`, TABLE);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", script, ...args],
      cwd: folder,
      env: { NO_COLOR: "1", DENO_DIR: denoDir, XDG_CACHE_HOME: `${folder}/cache` },
      stdin: "null",
    }).output();
    return { code, out: text.decode(stdout), err: text.decode(stderr) };
  };
  try {
    await test(run, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const profile = "--profile=quick", few = ["--examples=8", "--columns=Clean,PGD"];

Deno.test("reproduce measures a table in a user's file, with a defense and a data set of hers", () =>
  withFiles(async (run, folder) => {
    const { code, err } = await run("all", "./table.ts", "--rows=Mine", "--dataset=shades", profile, ...few);
    assertEquals(code, 0, err);
    const written = `${folder}/results/mine-quick-shades-rows-mine-columns-clean-pgd-8-examples.json`;
    const result: Result = JSON.parse(await Deno.readTextFile(written));
    assertEquals([result.dataset, Object.keys(result.rows)], ["shades", ["Mine"]]);
    const { Clean, PGD } = result.rows["Mine"]!;
    assertEquals([Clean!.n, PGD!.attack!.attack], [8, "pgd"]);
    assert(Clean!.accuracy! > 0.5);
  }));

Deno.test("reproduce takes a user's kinds by their names beside an experiment of the paper", () =>
  withFiles(async (run) => {
    const args = ["./kinds.ts", "--dataset=shades", "--rows=Label Smoothing", "--untrained=skip", ...few];
    const { code, out, err } = await run("table1", ...args);
    assertEquals(code, 0, err);
    assertStringIncludes(out, "Label Smoothing");
  }));

Deno.test("reproduce shows what is in a user's table, and names what was meant", () =>
  withFiles(async (run) => {
    const { out } = await run("all", "./table.ts", "--help");
    for (const word of ["A row of my own", "Rows: Mine, More", "Columns: Clean, FGS"]) {
      assertStringIncludes(out, word);
    }
    const mistakes = [
      [["all", "./table.ts", "--rows=Mien"], 'did you mean "Mine"?'],
      [["all", "./table.ts", "--columns=PDG"], 'did you mean "PGD"?'],
      [["all", "./table.ts", "--dataset=shade"], 'did you mean "shades"?'],
      [["all", "./kinds.ts"], "name an experiment beside them, such as table1"],
    ] as const;
    for (const [args, message] of mistakes) {
      const { code, err } = await run(...args);
      assertStringIncludes(err, message);
      assertEquals(code, 2);
    }
    const missing = await run("all", "./tabel.ts");
    assertStringIncludes(missing.err, "Cannot import ./tabel.ts");
    assertEquals(missing.code, 1);
  }));
