/**
 * What the profile `paper` costs in GPU hours, as a table in Markdown: from counted FLOPs and an assumed GPU. docs/scale.md has
 * its output.
 *
 *     deno run -A scripts/gpu_hours.ts --tflops=10
 */
import { profiles, type Table, table1, table2, table3, table4 } from "../lib/experiments/mod.ts";
import { useBackend } from "../lib/tensor/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";
import { type Costs, costsOf } from "./gpu_hours/plan.ts";

/** What a GPU is assumed to do, in 10¹² FLOPs a second: half of what an A100 can do in float32 without tensor cores. */
export const ASSUMED = 10;

const command = {
  name: "deno run -A scripts/gpu_hours.ts",
  summary: "Prints the GPU hours of each table at the profile paper, from counted FLOPs and an assumed GPU.",
  flags: {
    tflops: { kind: "number", help: "10¹² FLOPs a second of the GPU, in use", default: ASSUMED },
  },
} as const satisfies Command<Flags>;

const tables: Readonly<Record<string, Table>> = {
  "Table 1": table1,
  "Table 2": table2,
  "Table 3": table3,
  "Table 4": table4,
};

/** Two digits are all that such numbers are worth. */
function rounded(hours: number): string {
  return `${Number(hours.toPrecision(2))}`;
}

/** A line of the table. */
export function lineOf(
  name: string,
  { networks, training, chain, cells, measuring, longestCell }: Costs,
  tflops: number,
): string {
  const hours = [training, measuring, chain, longestCell].map((flops) =>
    rounded(flops / (tflops * 1e12 * 3600))
  );
  return `| ${name} | ${networks} | ${hours[0]} | ${cells} | ${hours[1]} | ${hours[2]} | ${hours[3]} |`;
}

if (import.meta.main) {
  await runCommand(command, async ({ flags: { tflops } }) => {
    await useBackend();
    console.log(
      "| table | networks | their hours | cells | their hours | longest chain of trainings | longest cell |",
    );
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const [name, table] of Object.entries(tables)) {
      const costs = await costsOf(table, profiles.paper);
      console.log(lineOf(name, costs, tflops));
      if (costs.uncounted.length > 0) {
        console.error(`${name}: a training of ${costs.uncounted.join(", ")} is not counted`);
      }
    }
  });
}
