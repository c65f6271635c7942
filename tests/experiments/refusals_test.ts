import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { classifierSpec, defineDefense, standDetecting } from "@gcln/kit/defenses";
import { cellCache } from "@gcln/kit/evaluation";
import { reproduce, type Table, table1, table2 } from "@gcln/kit/experiments";
import { toHtml, toMarkdown } from "@gcln/kit/report";
import { type Images, type tf, useBackend } from "@gcln/kit/tensor";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const target = classifierSpec(tiny, "street-digits", 1);

/** Refuses images whose mean is above a limit. */
const glared = defineDefense({
  name: "glared",
  source: "a test",
  traits: ["detects"],
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand: ({ classifier }) =>
    standDetecting(classifier, (images: Images) => images.mean([1, 2, 3]).sub(0.45).mul(20) as tf.Tensor1D),
});

const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 2 } as const;
const table: Table = {
  ...table1,
  name: "mine",
  rows: { "None": { defense: "none" }, "Glared": glared() },
  columns: {
    "Clean": { kind: "clean" },
    "Refused, clean": { kind: "refusals", of: "clean" },
    "PGD": { kind: "attack", attack, surrogate: "white-box" },
    "Detector too": { kind: "attack", attack, surrogate: "detector too" },
    "Worst case": { kind: "worst case", of: "every attack" },
  },
};

Deno.test("a column tells how many clean images a detector refuses, and nothing of other defenses", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const options = { profile: tiny, folder, examples: 24 } as const;
    const { rows, findings } = await reproduce(table, options);
    const { "Refused, clean": refused, "Clean": clean, "PGD": pgd, "Worst case": worst } = rows["Glared"]!;
    assertEquals(rows["None"]!["Refused, clean"], { accuracy: null, reported: null, quoted: false });
    assertEquals(rows["None"]!["PGD"]!.refused, undefined);
    assert(refused!.refused! > 0 && refused!.refused! < 1, `${refused!.refused}`);
    assertEquals([refused!.accuracy, refused!.refused, refused!.n], [null, clean!.refused!, 24]);
    const [low, high] = refused!.interval!;
    assert(low < refused!.refused! && refused!.refused! < high);
    assert(clean!.accuracy! <= 1 - clean!.refused!); // a refused clean image is an error
    assert(worst!.accuracy! <= clean!.accuracy!); // and no worst case of refusals
    assert(pgd!.refused! > 0);
    const [finding] = findings.filter(({ message }) => message.includes("refused images count as stopped"));
    assertEquals(finding!.about!.row, "Glared");
    assertStringIncludes(
      finding!.message,
      `Of clean images it refuses ${(100 * refused!.refused!).toFixed(1)}%`,
    );

    const again = await reproduce(table, { ...options, columns: ["Refused, clean"] });
    assertEquals(again.rows["Glared"]!["Refused, clean"], refused!); // from the cell of the clean images
    assertEquals(again.findings, []);
  }));

Deno.test("the share of refused clean images stands in tables that people read", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const result = await reproduce(table, {
      profile: tiny,
      cells: cellCache({ folder: `${folder}/cells` }),
      folder,
      examples: 24,
      columns: ["Clean", "Refused, clean"],
    });
    const percent = (100 * result.rows["Glared"]!["Refused, clean"]!.refused!).toFixed(1);
    assert(
      new RegExp(`\\| Glared +\\| [\\d. ]+ \\| +${percent} \\|`).test(toMarkdown(result)),
      toMarkdown(result),
    );
    assertStringIncludes(toMarkdown(result), "refused: the share of clean images");
    assertStringIncludes(toHtml(result), `<b>${percent}</b>`);
  }));

Deno.test("a detector's numbers without those of clean images are a serious finding", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const { findings } = await reproduce(table, {
      profile: tiny,
      folder,
      examples: 12,
      rows: ["Glared"],
      columns: ["PGD"],
    });
    const [finding] = findings.filter(({ message }) =>
      message.includes("clean images are refused is not known")
    );
    assertEquals(finding!.severity, "serious");
  }));

Deno.test("tables of the paper in which detectors stand have a column for their false positives", async () => {
  for (const { columns } of [table1, table2]) {
    assertEquals(columns["Refused, clean"], { kind: "refusals", of: "clean" });
  }
  const columns = { "Refused": { kind: "refusals" } } as never;
  await assertRejects(() => reproduce({ ...table, columns }, { profile: tiny }), RangeError, "without of");
});
