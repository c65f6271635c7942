/**
 * `deno task fuzz`: damages files at random and has the kit's readers read them. Each must be taken whole, or be refused
 * with an error that names it.
 *
 *     deno task fuzz --count=1000 --seed=7
 */
import { join } from "node:path";
import { useBackend } from "../lib/tensor/mod.ts";
import { choose, type Command, type Flags, runCommand } from "./cli/command.ts";
import { readers } from "./fuzz/readers.ts";
import { fuzz } from "./fuzz/run.ts";

const command = {
  name: "deno task fuzz",
  summary: "Damages files at random and has the kit's readers read them.\n" +
    "Each must be taken, or be refused with an error that names it. The same seed damages the same way.",
  flags: {
    count: { kind: "number", help: "damaged files for each reader", default: 200 },
    seed: { kind: "number", help: "what the damage is drawn from", default: 1 },
    reader: { kind: "strings", help: `only these: ${Object.keys(readers).join("; ")}` },
    keep: { kind: "string", help: "where files that were handled wrongly are kept", default: "results/fuzz" },
  },
  examples: ["deno task fuzz --count=1000 --seed=7", 'deno task fuzz --reader="result JSON"'],
} as const satisfies Command<Flags>;

await runCommand(command, async ({ flags: { count, seed, reader, keep } }) => {
  await useBackend("wasm");
  const names = reader.length > 0
    ? reader.map((name) => choose("reader", name, Object.keys(readers)))
    : Object.keys(readers);
  let faults = 0;
  console.log(
    "| reader | files | taken | refused | slowest | most memory for a file | faults |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  );
  for (const name of names) {
    const found = await fuzz(readers[name]!, count, seed);
    const [ms, mb] = [found.slowest.toFixed(0), (found.memory / 2 ** 20).toFixed(0)];
    console.log(
      `| ${name} | ${found.files} | ${found.taken} | ${found.refused} | ${ms} ms | ${mb} MB | ${found.faults.length} |`,
    );
    for (const { file, what, bytes } of found.faults) {
      const path = join(keep, `${name.replace(/[^\w]+/g, "-")}-${seed}-${file}`);
      await Deno.mkdir(keep, { recursive: true });
      await Deno.writeFile(path, bytes);
      console.error(`${name}, file ${file} (kept as ${path}): ${what}`);
    }
    faults += found.faults.length;
  }
  return faults > 0 ? 1 : 0;
});
