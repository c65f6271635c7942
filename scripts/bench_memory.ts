/** `deno task bench:memory`: measures the memory of the process while it attacks many images and trains for many steps. */
import { useBackend } from "../lib/tensor/mod.ts";
import { collects, growthSince, type Held, longWorks } from "./bench/memory.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";

const command = {
  name: "deno task bench:memory",
  summary: "Prints the memory of the process while it attacks with PGD-10 and while it trains.",
  flags: {
    images: { kind: "number", help: "how many are attacked", default: 10_000 },
    steps: { kind: "number", help: "how many are trained", default: 1000 },
    every: { kind: "number", help: "prints after so many images or steps", default: 500 },
    json: { kind: "boolean", help: "prints everything as JSON at the end, and nothing before" },
  },
  positionals: { name: "WORK", help: "only these", choices: Object.keys(longWorks) },
} as const satisfies Command<Flags>;

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

function print(name: string, { done, rss, heap, tensors }: Held): void {
  console.log(
    `${name.padEnd(10)} ${`${done}`.padStart(6)}: resident ${mebibytes(rss)}, of which JavaScript's ${
      mebibytes(heap)
    }; ${tensors} tensors`,
  );
}

await runCommand(command, async ({ flags: { images, steps, every, json }, words }) => {
  const { description } = await useBackend(), all: Record<string, Held[]> = {};
  if (!json) {
    console.log(`Backend: ${description}`);
    console.log(
      collects
        ? "Garbage is collected before each measurement."
        : "The numbers include JavaScript's garbage.",
    );
  }
  for (const name of words.length === 0 ? Object.keys(longWorks) : words) {
    const seen: Held[] = all[name] = [];
    let next = 0;
    await longWorks[name]!({ images, steps }, (held) => {
      seen.push(held);
      if (json || held.done < next) return;
      print(name, held);
      next = held.done - held.done % every + every;
    });
    if (json) continue;
    const counts = [...new Set(seen.map(({ tensors }) => tensors))], from = Math.min(500, seen.at(-1)!.done);
    const growth = (100 * growthSince(from, seen)).toFixed(1);
    console.log(`${name}: resident set ${growth} % since ${from}; tensors ${counts.join(", ")}\n`);
  }
  if (json) console.log(JSON.stringify(all));
  return 0;
}, Deno.args);
