/**
 * `deno task bench:attacks`: measures the images a second of attacks. If there is a Python with PyTorch and torchattacks, those
 * are measured too: with the same weights, images and settings, both sides in turn.
 */
import { leadOf } from "../lib/judge/mod.ts";
import { datasets } from "../lib/data/mod.ts";
import { classifierSpec } from "../lib/defenses/mod.ts";
import { profiles } from "../lib/experiments/mod.ts";
import { writeSafetensors } from "../lib/networks/mod.ts";
import { type Batch, type Classifier, frozen, passes, tf, useBackend } from "../lib/tensor/mod.ts";
import { trained, type TrainedClassifier } from "../lib/training/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { alternate, median } from "./bench/alternate.ts";
import { BATCH, type Case, cases } from "./bench/cases.ts";
import { warnOfLoad } from "./bench/load.ts";
import { findPython, type Peer, startPeer } from "./bench/peer.ts";
import { choose, type Command, type Flags, runCommand, UserError } from "./cli/command.ts";

const names = cases(1).map(({ name }) => name);
const LAYOUTS = ["contiguous", "channels last"];

const command = {
  name: "deno task bench:attacks",
  summary: "Measures the images a second of attacks, beside torchattacks where PyTorch is installed.",
  flags: {
    python: {
      kind: "string",
      help: "a Python with torch, torchattacks and safetensors (default: the one on the PATH)",
      placeholder: "PATH",
    },
    reference: {
      kind: "string",
      help: "where AutoAttack's reference implementation is, for its case; else torchattacks' is taken",
      placeholder: "FOLDER",
    },
    threads: { kind: "number", help: "threads of PyTorch", default: 2 },
    layout: {
      kind: "string",
      help: "how PyTorch lays out images; contiguous is what it does unasked",
      choices: ["fastest", ...LAYOUTS],
      default: "fastest",
    },
    times: { kind: "number", help: "how often each side runs; the median counts", default: 5 },
    cases: {
      kind: "strings",
      help: `only these, of ${names.map((name) => `"${name}"`).join(", ")}`,
      placeholder: "NAME",
    },
    quick: { kind: "boolean", help: "a quarter of the images, three times" },
    json: { kind: "string", help: "where the result is written, too", placeholder: "FILE" },
  },
  examples: ["deno task bench:attacks --quick", "deno task bench:attacks --cases=pgd-10 --json=bench.json"],
} as const satisfies Command<Flags>;

const IMAGES = 512, LOGITS_AGREE = 1e-3;

/** One case, in images a second. */
interface Measured {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly ratio: number | null;
  /** The number of images, and the number that stand in the end. */
  readonly images: number;
  readonly standing: { readonly ours: number; readonly peer: number | null };
  /** The mean number of times that an image was classified. */
  readonly forward: { readonly ours: number; readonly peer: number | null };
  readonly note?: string;
}

/** Everything that the peer needs, as safetensors. Images have the layout of the kernels in the file. */
async function exchange(
  { spec, parameters }: TrainedClassifier,
  { images, labels }: Batch,
): Promise<Uint8Array> {
  const extra = { images: images.transpose([1, 2, 3, 0]), labels: labels.cast("float32") };
  const bytes = await writeSafetensors({ ...parameters, ...extra }, {
    precision: "float32",
    metadata: { spec: JSON.stringify(spec.network) },
  });
  tf.dispose(extra);
  return bytes;
}

/** Throws if the two networks are not the same. */
async function checkLogits(victim: Classifier, batch: Batch, peer: Peer): Promise<number> {
  const { logits } = await peer.ask({ attack: "none", images: BATCH, layout: "contiguous" });
  const some = batch.images.slice(0, BATCH) as Batch["images"], ours = victim(some);
  const apart = Math.max(...(await ours.data()).map((v, i) => Math.abs(v - (logits as number[])[i]!)));
  tf.dispose([some, ours]);
  if (!(apart < LOGITS_AGREE)) {
    throw new UserError(
      `Cannot compare: the logits of the two sides differ by ${apart}, so they do not run the same network`,
    );
  }
  return apart;
}

async function measure(
  { name, note, images, ours, peer: request }: Case,
  { victim, batch: all, peer, layout, times }: {
    readonly victim: Classifier;
    readonly batch: Batch;
    readonly peer: Peer | undefined;
    readonly layout: string;
    readonly times: number;
  },
): Promise<Measured> {
  const batch = { images: all.images.slice(0, images), labels: all.labels.slice(0, images) } as Batch;
  let here = { standing: 0, forward: 0 }, there: typeof here | undefined;
  const sides = [async () => {
    const before = passes().forward, started = performance.now();
    const attacked = await ours(victim, batch);
    await attacked.data();
    const seconds = (performance.now() - started) / 1000, forward = passes().forward - before;
    const over = tf.tidy(() => leadOf(victim, attacked, batch.labels));
    here = { standing: (await over.data()).filter((margin) => margin <= 0).length, forward };
    tf.dispose([attacked, over]);
    return seconds;
  }];
  if (peer) {
    sides.push(async () => {
      const { seconds, standing, forward } = await peer.ask({ ...request, images, layout });
      there = { standing: standing as number, forward: forward as number };
      return seconds as number;
    });
  }
  const [mine, theirs] = (await alternate(sides, times)).map((taken) => images / median(taken));
  tf.dispose([batch.images, batch.labels]);
  return {
    name,
    ours: mine!,
    peer: theirs ?? null,
    ratio: theirs === undefined ? null : mine! / theirs,
    images,
    standing: { ours: here.standing, peer: there?.standing ?? null },
    forward: { ours: here.forward / images, peer: there ? there.forward / images : null },
    ...(note ? { note } : {}),
  };
}

/** The memory layout that is faster for the peer, which is then used. */
async function fasterLayout(peer: Peer, example: Case): Promise<string> {
  const taken = await alternate(
    LAYOUTS.map((layout) => async () =>
      (await peer.ask({ ...example.peer, images: example.images, layout })).seconds as number
    ),
    3,
  );
  return median(taken[0]!) <= median(taken[1]!) ? LAYOUTS[0]! : LAYOUTS[1]!;
}

function line({ name, ours, peer, ratio, images, standing, forward, note }: Measured): string {
  const number = (value: number) => value.toPrecision(3).padStart(8);
  const beside = peer === null || ratio === null
    ? ""
    : `${number(peer)}   ratio ${ratio.toFixed(2).padStart(6)}`;
  const passed = [forward.ours, forward.peer].filter((n) => n !== null).map((n) => n.toPrecision(3)).join(
    " and ",
  );
  const stand = [standing.ours, standing.peer].filter((n) => n !== null).join(" and ");
  const details = `${images} images, ${stand} stand, ${passed} passes each${note ? `; ${note}` : ""}`;
  return `${name.padEnd(28)} ${number(ours)} ${beside}   (${details})`;
}

await runCommand(command, async ({ flags }) => {
  const { description } = await useBackend();
  const times = flags.quick ? Math.min(flags.times, 3) : flags.times;
  const chosen = flags.cases.map((name) => choose("case", name, names));
  const wanted = chosen.length > 0 ? chosen : names;
  const python = await findPython(flags.python ? [flags.python] : ["python3", "python"], [
    "torch",
    "torchattacks",
    "safetensors",
  ]);
  if (python === undefined) {
    console.error(
      `No Python with torch, torchattacks and safetensors was found${
        flags.python ? ` at ${flags.python}` : "; --python=PATH names one"
      }: only our side is measured.`,
    );
  }
  const network = await trained(classifierSpec(profiles.quick, "street-digits", 1));
  const batch = (await datasets["street-digits"]("test")).take(IMAGES).all(), victim = frozen(network);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/exchange.safetensors`, await exchange(network, batch));
    await using peer = python === undefined ? undefined : await startPeer(python, {
      args: [
        new URL("bench/peer.py", import.meta.url).pathname,
        `${folder}/exchange.safetensors`,
        `${flags.threads}`,
      ],
      threads: flags.threads,
      modules: flags.reference ? [flags.reference] : [],
    });
    const all = cases(flags.quick ? 4 : 1), example = all.find(({ name }) => name === "pgd-10")!;
    const apart = peer ? await checkLogits(victim, batch, peer) : null;
    const layout = peer && flags.layout === "fastest" ? await fasterLayout(peer, example) : flags.layout;
    const circumstances = {
      backend: description,
      cores: navigator.hardwareConcurrency,
      load: Deno.loadavg()[0]!,
      date: new Date().toISOString().slice(0, 10),
      network: network.id,
      batch: BATCH,
      times,
      peer: peer ? { ...peer.about, layout, logitsApart: apart } : null,
    };
    console.log(
      `Images a second, the median of ${times} after a warm-up; ${network.id}, batches of ${BATCH}.`,
    );
    warnOfLoad(circumstances.load);
    console.log(`The kit: ${description}. PyTorch: ${peer ? JSON.stringify(circumstances.peer) : "none"}.`);
    const measured: Measured[] = [];
    for (const each of all.filter(({ name }) => wanted.includes(name))) {
      measured.push(await measure(each, { victim, batch, peer, layout, times }));
      console.log(line(measured.at(-1)!));
    }
    if (flags.json) {
      await writeAtomically(flags.json, `${JSON.stringify({ cases: measured, circumstances }, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
    victim.dispose();
  }
});
