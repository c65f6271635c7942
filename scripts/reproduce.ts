/**
 * `deno task reproduce:table1` and its like: measures a table or a figure of the paper and prints it beside what is
 * reported. `deno task reproduce` does all of them.
 *
 *     deno task reproduce:table1 --profile=course --dataset=fashion-mnist
 */
import { type BackendName, useBackend } from "../lib/tensor/mod.ts";
import { runCommand } from "./cli/command.ts";
import { everyCommand, runEvery } from "./reproduce/every.ts";
import { experiments } from "./reproduce/experiments.ts";
import { write } from "./reproduce/files.ts";
import { type AnyFlags, commandOf, goesOn, settingBy, sinceBy } from "./reproduce/flags.ts";
import { check, run } from "./reproduce/run.ts";

async function one(name: string, flags: AnyFlags): Promise<number> {
  const experiment = experiments[name]!, stop = new AbortController();
  const setting = settingBy(flags, stop.signal), since = sinceBy(flags);
  check(experiment, flags);
  const { description } = await useBackend(flags.backend as BackendName | undefined);
  console.error(`Backend: ${description}. Ctrl-C stops; ${goesOn(since)}.`);
  Deno.addSignalListener("SIGINT", () => stop.abort());
  try {
    const outcome = await run(experiment, flags, setting, since);
    const written = await write(outcome, flags.results!);
    console.log(outcome.text);
    console.error(`Written: ${written}`);
    return 0;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    console.error(`Stopped. What is finished is kept; ${goesOn(since)}.`);
    return 130;
  }
}

const [name = "", ...args] = Deno.args;
if (name === "all") {
  const script = import.meta.filename!;
  await runCommand(
    everyCommand,
    ({ flags, words }) =>
      runEvery(script, Object.keys(experiments).filter((n) => !words.length || words.includes(n)), flags),
    args,
  );
}
if (!Object.hasOwn(experiments, name)) {
  const known = Object.keys(experiments).map((name) => `reproduce:${name}`).join(", ");
  console.error(`Which experiment? There are ${known}, and reproduce for all`);
  Deno.exit(2);
}
await runCommand(commandOf(name), ({ flags }) => one(name, flags as AnyFlags), args);
