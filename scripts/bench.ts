/**
 * `deno task bench`: measures the images a second of training, classifying, attacking and cleaning. If there is a Python with
 * PyTorch, PyTorch is measured too: on the same weights and images, both sides in turn.
 */
import { type BackendName, backendNames, useBackend } from "../lib/tensor/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { ALLOWED, differenceOf, engineFacts, keepFacts, keptFacts } from "./bench/engine_facts.ts";
import { warnOfLoad } from "./bench/load.ts";
import { measure, type Row } from "./bench/measure.ts";
import { findPython, startPeer } from "./bench/peer.ts";
import { agreed, LAYOUTS, type Plan, type Task } from "./bench/pytorch.ts";
import { ratioTable } from "./bench/ratios.ts";
import { exchange, release, settings, SHAPE, subject } from "./bench/subject.ts";
import { PRECISIONS, type WorkName, works } from "./bench/works.ts";
import { choose, type Command, type Flags, runCommand, UsageError, UserError } from "./cli/command.ts";

const NAMES = Object.keys(works) as WorkName[];
const MODULES = ["torch", "torchattacks", "safetensors"];

const command = {
  name: "deno task bench",
  summary:
    "Measures ResNet-18's training, forward passes and PGD-10, and GCLN cleaning, beside PyTorch where it is installed.",
  flags: {
    backend: {
      kind: "string",
      help:
        "this engine (default: the fastest that is there); what it computes is compared with what is kept first",
      choices: backendNames,
    },
    cases: {
      kind: "strings",
      help: `only these, of ${NAMES.map((name) => `"${name}"`).join(", ")}`,
      placeholder: "NAME",
    },
    widths: { kind: "string", help: "base widths of the networks (default: 16,64)", placeholder: "N,N" },
    batches: {
      kind: "string",
      help: "images in a batch, of 16,64,256 for instance",
      placeholder: "N,N",
      default: "64",
    },
    precision: { kind: "strings", help: "only this (default: both)", choices: PRECISIONS },
    against: {
      kind: "string",
      help: "whom to compare with (default: pytorch, if it is found)",
      choices: ["pytorch", "nobody"],
    },
    python: {
      kind: "string",
      help: "a Python with torch, torchattacks and safetensors (default: the one on the PATH)",
      placeholder: "PATH",
    },
    threads: { kind: "number", help: "threads of PyTorch", default: navigator.hardwareConcurrency },
    layout: {
      kind: "string",
      help: "how PyTorch lays out images; contiguous is what it does unasked",
      choices: ["fastest", ...LAYOUTS],
      default: "fastest",
    },
    "compile-within": {
      kind: "number",
      help: "seconds that torch.compile may take for a case; 0: it is left out",
      default: 600,
    },
    times: { kind: "number", help: "how often each side runs; the median counts", default: 7 },
    quick: { kind: "boolean", help: "three times, width 16, without torch.compile" },
    json: { kind: "string", help: "where the result is written, too", placeholder: "FILE" },
    "keep-facts": {
      kind: "boolean",
      help: "measures nothing: keeps what the engine computes in fixtures/golden/engine_facts.json",
    },
  },
  examples: [
    "deno task bench --quick",
    "deno task bench --backend=webgpu --batches=64,256,1024 --json=webgpu.json",
    'deno task bench --cases="training step" --widths=16,64 --batches=16,64,256 --json=bench.json',
  ],
} as const satisfies Command<Flags>;

function whole(flag: string, text: string): number[] {
  return text.split(",").map((word) => {
    const value = Number(word);
    if (!Number.isInteger(value) || value < 1) {
      throw new UsageError(`--${flag} needs whole numbers from 1, not "${word}"`);
    }
    return value;
  });
}

/** The Python to compare with; undefined if there is none or the user wants none. */
async function pythonFor({ python, against }: { python: string | undefined; against: string | undefined }) {
  if (against === "nobody") return undefined;
  const found = await findPython(python ? [python] : ["python3", "python"], MODULES);
  if (found !== undefined) return found;
  const problem = `No Python with torch, torchattacks and safetensors was found${
    python ? ` at ${python}` : "; --python=PATH names one"
  }`;
  if (against !== undefined) throw new UserError(problem);
  console.error(`${problem}: only our side is measured.`);
}

/** Compares what the engine computes with what is kept, and ends the command where rounding does not explain the difference. */
async function compareEngine(description: string) {
  const found = differenceOf(await engineFacts(), await keptFacts());
  const said = `Ten losses of a training differ by ${
    (100 * found.losses).toPrecision(2)
  } % at most, and ${found.verdicts} of 200 verdicts after PGD-10`;
  if (!(found.losses <= ALLOWED.losses && found.verdicts <= ALLOWED.verdicts)) {
    throw new UserError(
      `${description} does not compute what the native engine does. ${said}; ${
        100 * ALLOWED.losses
      } % and ${ALLOWED.verdicts} are allowed`,
    );
  }
  console.error(`${said}: the same as the native engine.`);
  return found;
}

await runCommand(command, async ({ flags }) => {
  const { name: backend, description } = await useBackend(flags.backend as BackendName | undefined);
  if (flags["keep-facts"]) return await keepFacts(await engineFacts());
  const engine = flags.backend === undefined ? null : await compareEngine(description);
  const chosen = flags.cases.map((name) => choose("case", name, NAMES));
  const widths = whole("widths", flags.widths ?? (flags.quick ? "16" : "16,64"));
  const batches = whole("batches", flags.batches), images = Math.max(512, 2 * Math.max(...batches));
  const wanted = PRECISIONS.filter((name) => flags.precision.length === 0 || flags.precision.includes(name));
  const precisions = wanted.filter((name) => name === "float32" || backend === "tensorflow");
  if (precisions.length < wanted.length) {
    console.error(`${description} computes in float32 only: bfloat16 is left out.`);
  }
  if (precisions.length === 0) return;
  const plan: Plan = {
    times: flags.quick ? Math.min(flags.times, 3) : flags.times,
    precisions,
    layout: flags.layout as Plan["layout"],
    compileWithin: flags.quick ? 0 : flags["compile-within"],
  };
  const python = await pythonFor(flags), folder = await Deno.makeTempDir();
  try {
    await using peer = python === undefined ? undefined : await startPeer(python, {
      args: [new URL("bench/works.py", import.meta.url).pathname, folder, `${flags.threads}`],
      threads: flags.threads,
    });
    const circumstances = {
      backend: description,
      cores: navigator.hardwareConcurrency,
      load: Deno.loadavg()[0]!,
      date: new Date().toISOString().slice(0, 10),
      unit: "images a second",
      times: plan.times,
      image: SHAPE,
      settings,
      peer: peer ? { ...peer.about, layout: plan.layout } : null,
      engine,
      apart: {} as Record<string, number>,
    };
    warnOfLoad(circumstances.load);
    console.error(`The kit: ${description}. PyTorch: ${peer ? JSON.stringify(circumstances.peer) : "none"}.`);
    const cases: Row[] = [];
    for (const width of widths) {
      const about = await subject(width, images), file = `width ${width}.safetensors`;
      if (peer) {
        await Deno.writeFile(`${folder}/${file}`, await exchange(about));
        await peer.ask({ do: "load", file });
      }
      const tasks = batches.flatMap((batch) =>
        NAMES.filter((name) => chosen.length === 0 || chosen.includes(name))
          .map((work): Task => ({ subject: about, work, width, batch }))
      );
      // The results of both sides are compared before any is timed.
      for (const task of peer ? tasks : []) {
        const name = `${task.work}, width ${width}, batch ${task.batch}`;
        circumstances.apart[name] = await agreed(peer!, task, folder);
      }
      for (const task of tasks) {
        const measured = await measure(task, plan, peer);
        for (const { name, ours, peers } of measured) console.error(name, JSON.stringify({ ours, ...peers }));
        cases.push(...measured);
        // Written after each case, since the rest may take an hour.
        if (flags.json) {
          await writeAtomically(flags.json, `${JSON.stringify({ cases, circumstances }, null, 2)}\n`);
        }
      }
      release(about);
    }
    console.log(
      `Images a second, the median of ${plan.times} after a warm-up; ${description}.\n\n${ratioTable(cases)}`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
