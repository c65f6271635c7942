/**
 * `deno task conformance`: is what the kit's engines compute what TensorFlow.js computes?
 *
 *     deno task conformance                                TensorFlow.js's own tests, on the kit's engines and on the plain ones
 *     deno task conformance --only=conv2d --engine=wasm    those of some files, on one engine and its plain package
 *     deno task conformance --programs=5000 --seed=7       random programs, compiled and not, against plain cpu
 */
import { writeAtomically } from "../lib/files/mod.ts";
import type { BackendName } from "../lib/tensor/mod.ts";
import { type Command, type Flags, runCommand, UsageError } from "./cli/command.ts";
import { failing, type Tried } from "./conformance/programs/failing.ts";
import { type Differences, differences } from "./conformance/suite/differences.ts";
import type { EngineName } from "./conformance/suite/engines.ts";
import { computing } from "./conformance/suite/files.ts";
import { known } from "./conformance/suite/known.ts";
import { type Run, run } from "./conformance/suite/run.ts";

const ENGINES = ["tensorflow", "wasm"] as const satisfies readonly BackendName[];

const command = {
  name: "deno task conformance",
  summary:
    "Runs TensorFlow.js's own tests on the kit's engines, on the plain packages and on cpu, each in a process of its own, and " +
    "prints the differences. Or runs random programs, compiled and not, against plain cpu.",
  flags: {
    engine: { kind: "strings", help: "only this engine of the kit", choices: ENGINES },
    only: { kind: "string", help: "only files of tests whose path has this in it", placeholder: "TEXT" },
    programs: { kind: "number", help: "random programs instead of TensorFlow.js's tests: how many" },
    seed: { kind: "number", help: "of the first random program", default: 0 },
    json: { kind: "string", help: "writes all outcomes there too", placeholder: "FILE" },
  },
  examples: [
    "deno task conformance --only=conv2d --engine=wasm",
    "deno task conformance --programs=5000 --seed=7",
  ],
} as const satisfies Command<Flags>;

/** One line for an engine. */
function printCounts({ engine, outcomes, seconds }: Run): void {
  const all = Object.values(outcomes), passed = all.filter(({ status }) => status === "passed").length;
  const numbers = [passed, all.length - passed, seconds.toFixed(0)].map((number) =>
    String(number).padStart(8)
  );
  console.log(`${engine.padEnd(18)}${numbers.join("")}`);
}

/** The differences of an engine from its plain package; how many are not known. */
function printDifferences(engine: EngineName, { worse, better }: Differences): number {
  const reasons = known[engine] ?? {}, unknown = Object.keys(worse).filter((name) => !(name in reasons));
  console.log(
    `\n${engine} against plain-${engine}: ${better.length} tests pass only with the kit's kernels, ` +
      `${Object.keys(worse).length} only without`,
  );
  for (const [name, message] of Object.entries(worse)) {
    console.log(
      `  ${name}\n    ${reasons[name] ?? `NOT KNOWN: ${message.replace(/\s+/g, " ").slice(0, 200)}`}`,
    );
  }
  return unknown.length;
}

async function suite(
  engines: readonly BackendName[],
  only: string | undefined,
  json: string | undefined,
): Promise<number> {
  const files = computing().filter((file) => file.includes(only ?? ""));
  if (files.length === 0) throw new UsageError(`No file of TensorFlow.js's tests has "${only}" in its path`);
  console.log(`${files.length} files of TensorFlow.js's tests\n\n${"".padEnd(18)}  passed  failed seconds`);
  const runs: Partial<Record<EngineName, Run>> = {};
  for (const engine of ["cpu", ...engines.flatMap((engine) => [`plain-${engine}`, engine])] as EngineName[]) {
    printCounts(runs[engine] = await run(engine, files));
  }
  let unknown = 0;
  for (const engine of engines) {
    const plain = runs[`plain-${engine}` as EngineName]!;
    unknown += printDifferences(
      engine as EngineName,
      differences(runs[engine as EngineName]!.outcomes, plain.outcomes),
    );
  }
  if (json) await writeAtomically(json, JSON.stringify(runs, undefined, 2));
  return unknown > 0 ? 1 : 0;
}

async function fuzz(
  engines: readonly BackendName[],
  programs: number,
  seed: number,
  json: string | undefined,
): Promise<number> {
  const tried: Tried = { programs: 0, compared: 0, loose: 0 }, found: unknown[] = [];
  for await (const failure of failing({ from: seed, programs, engines, tried })) {
    found.push(failure);
    console.log(`\nProgram ${failure.seed} on ${failure.engine}, ${failure.message}\n${failure.source}`);
  }
  const { compared, loose } = tried;
  console.log(
    `\n${tried.programs} programs, ${compared} outputs compared, two sets of numbers for each program, ` +
      `${loose} too loose to compare, ${found.length} failures`,
  );
  if (json) await writeAtomically(json, JSON.stringify({ ...tried, found }, undefined, 2));
  return found.length > 0 ? 1 : 0;
}

await runCommand(command, async ({ flags: { engine, only, programs, seed, json } }) => {
  const engines = engine?.length ? engine as readonly BackendName[] : ENGINES;
  if (programs === undefined) return await suite(engines, only, json);
  if (!(Number.isInteger(programs) && programs > 0)) {
    throw new UsageError(`--programs=${programs}: a whole number of at least 1 is wanted`);
  }
  return await fuzz(engines, programs, seed as number, json);
});
