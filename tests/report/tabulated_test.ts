import { assertEquals } from "@std/assert";
import { jupyterDisplay, tabulated, type TabulatedOptions } from "@gcln/kit/report";

async function lines(rows: Parameters<typeof tabulated>[0], options?: TabulatedOptions): Promise<string[]> {
  return (await tabulated(rows, options)[jupyterDisplay]())["text/plain"]!.split("\n");
}

Deno.test("tabulated() has the columns of all rows and a dash where a row has no value", async () => {
  assertEquals(await lines({ a: { one: 1 }, b: { one: null, two: "x" } }, { corner: "who" }), [
    "| who | one | two |",
    "| --- | --: | --: |",
    "| a   | 1.0 |   - |",
    "| b   |   - |   x |",
  ]);
});

Deno.test("tabulated() rounds numbers to the decimals that are asked for", async () => {
  assertEquals((await lines({ a: { one: 2.886 } }, { digits: 2 })).at(-1), "| a   | 2.89 |");
});
