/**
 * Writes fixtures/measured/optimality.json and .md: AttackBench's optimality of every attack that minimises the distance, ours
 * and those of Python libraries, with the same number of passes.
 *
 *     PYTHONPATH=auto-attack deno run -A scripts/bench_optimality.ts --python=PATH
 */
import { readMetadata, readSafetensors } from "../lib/networks/mod.ts";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  type Parameters,
  tf,
  useBackend,
} from "../lib/tensor/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { median } from "./bench/alternate.ts";
import { attacksOf, type Budget } from "./bench/minimal_attacks.ts";
import { envelope, optimality } from "./bench/optimality.ts";
import { findPython, linesOf } from "./bench/peer.ts";
import { Spent, tracked } from "./bench/tracked.ts";
import { type Command, type Flags, runCommand, UserError } from "./cli/command.ts";

const command = {
  name: "deno run -A scripts/bench_optimality.ts",
  summary: "Measures the optimality of each attack, ours and the Python libraries', against the best of all.",
  flags: {
    python: {
      kind: "string",
      help: "a Python with torch, torchattacks, foolbox, safetensors and autoattack",
      placeholder: "PATH",
      default: "python3",
    },
    budget: { kind: "number", help: "passes for each image, forward and backward", default: 2000 },
    images: { kind: "number", help: "how many", default: 100 },
    searches: { kind: "number", help: "radii that an attack in a ball is tried with", default: 12 },
    results: { kind: "string", help: "where to", placeholder: "FOLDER", default: "fixtures/measured" },
  },
} as const satisfies Command<Flags>;

type Norm = "linf" | "l2";

/** One attack on one network. */
interface Attempt {
  readonly network: string;
  readonly norm: Norm;
  readonly library: string;
  readonly attack: string;
  /** The distance of each image; infinite where the attack failed. */
  readonly distances: readonly number[];
  /** The mean number of passes that it used. */
  readonly passes: number;
  readonly problem?: string;
}

const ours = "here";
const script = new URL("bench/optimality.py", import.meta.url).pathname;

/** The lines that the Python side prints, as they arrive. */
async function* python(path: string, args: readonly (string | number)[]): AsyncGenerator<string> {
  const child = new Deno.Command(path, {
    args: [script, ...args.map(String)],
    env: { OMP_NUM_THREADS: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  for await (const line of linesOf(child.stdout)) if (line.startsWith("{")) yield line;
  const { success, code } = await child.status;
  if (!success) throw new UserError(`${path} ${script} failed with ${code}`);
}

/** The networks of fixtures/golden/stored_networks.py: two convolutions, a max pool, a dense layer. */
function networkOf(parameters: Parameters, name: string): Classifier {
  const part = <T extends tf.Tensor>(key: string) => parameters[`${name}.${key}`] as T;
  return (x) => {
    const layer = (input: Images, key: string): Images =>
      tf.conv2d(input, part<Images>(`${key}.weight`), 1, "same").add(part(`${key}.bias`)).relu();
    const half = tf.maxPool(layer(x.sub(0.5).div(0.25), "conv1"), 2, 2, "valid");
    const features = layer(half, "conv2").reshape<tf.Tensor2D>([x.shape[0], -1]);
    return features.matMul(part<tf.Tensor2D>("fc.weight")).add(part("fc.bias"));
  };
}

/** Shows the progress, since it takes a while. */
function say({ network, norm, library, attack, distances, problem }: Attempt): void {
  console.error(
    `${network} ${norm} ${library} ${attack}: median ${median(distances)}${problem ? ` (${problem})` : ""}`,
  );
}

/** All our attacks on one network. */
async function measured(
  classifier: Classifier,
  batch: Batch,
  about: Budget & { readonly network: string },
): Promise<Attempt[]> {
  const attempts: Attempt[] = [], { network, norm, budget } = about;
  for (const [attack, run] of Object.entries(attacksOf(about))) {
    const track = await tracked(classifier, batch, { norm, budget });
    let problem: string | undefined;
    try {
      await run(track.classifier, batch);
    } catch (error) {
      if (!(error instanceof Spent)) problem = `${error}`;
    }
    const passes = track.used.reduce((sum, used) => sum + Math.min(used, budget), 0) / track.used.length;
    const distances = [...track.nearest];
    attempts.push({
      network,
      norm,
      library: ours,
      attack,
      distances,
      passes,
      ...(problem ? { problem } : {}),
    });
    say(attempts.at(-1)!);
  }
  return attempts;
}

/** The part of an attempt that is stored. */
interface Row extends Omit<Attempt, "distances"> {
  readonly optimality: number;
  /** `null` where half of the images or more were not fooled. */
  readonly median: number | null;
  readonly success: number;
}

function rowsOf(attempts: readonly Attempt[]): Row[] {
  const groups = Map.groupBy(attempts, ({ network, norm }) => `${network} ${norm}`);
  return [...groups.values()].flatMap((group) => {
    const best = envelope(group.map(({ distances }) => distances));
    return group.map(({ distances, ...attempt }): Row => {
      const middle = median(distances), found = distances.filter((d) => d < Infinity).length;
      return {
        ...attempt,
        optimality: optimality(distances, best),
        median: Number.isFinite(middle) ? middle : null,
        success: found / distances.length,
      };
    });
  });
}

/** A table for each network and norm: attacks down, libraries across. */
function toMarkdown(rows: readonly Row[], heading: string): string {
  const groups = Map.groupBy(rows, ({ network, norm }) => `${network}, ${norm}`);
  const libraries = [ours, ...new Set(rows.map(({ library }) => library).filter((name) => name !== ours))];
  const cell = (row: Row | undefined) => {
    if (row === undefined) return "";
    if (row.problem) return "fails";
    return row.median === null
      ? `${row.optimality.toFixed(3)} (–)`
      : `${row.optimality.toFixed(3)} (${row.median.toPrecision(3)})`;
  };
  const tables = [...groups].map(([title, group]) => {
    const attacks = [...new Set(group.map(({ attack }) => attack))];
    const best = (attack: string) =>
      Math.max(...group.filter((row) => row.attack === attack).map((row) => row.optimality));
    const lines = attacks.toSorted((a, b) => best(b) - best(a)).map((attack) => {
      const of = (library: string) => group.find((row) => row.attack === attack && row.library === library);
      return `| ${attack} | ${libraries.map((library) => cell(of(library))).join(" | ")} |`;
    });
    return [
      `**${title}**`,
      "",
      `| attack | ${libraries.join(" | ")} |`,
      `| --- | ${libraries.map(() => "---:").join(" | ")} |`,
      ...lines,
    ].join("\n");
  });
  return [heading, ...tables].join("\n\n") + "\n";
}

await runCommand(command, async ({ flags: { python: path, budget, images, searches, results } }) => {
  const { description } = await useBackend();
  const modules = ["torch", "torchattacks", "foolbox", "safetensors", "autoattack"];
  if (await findPython([path], modules) === undefined) {
    throw new UserError(
      `Cannot import ${modules.join(", ")} in ${path}: name a Python that has all of them by --python=PATH`,
    );
  }
  const file = await Deno.makeTempFile();
  const attempts: Attempt[] = [];
  try {
    for await (const _ of python(path, ["export", file, images]));
    const bytes = await Deno.readFile(file), parameters = readSafetensors(bytes), about = readMetadata(bytes);
    const radii: Record<string, Record<Norm, number>> = JSON.parse(about.radii!), q = Number(about.q);
    // Read like a kernel [h, w, c, n].
    const batch: Batch = {
      images: (parameters.images as Images).transpose([3, 0, 1, 2]),
      labels: parameters.labels!.cast("int32") as Labels,
    };
    const plain = networkOf(parameters, "plain");
    const networks: Record<string, Classifier> = {
      "plain": plain,
      "robust": networkOf(parameters, "robust"),
      "quantized": (x) => plain(x.div(q).round().mul(q)),
    };
    for (const [network, classifier] of Object.entries(networks)) {
      for (const norm of ["linf", "l2"] as const) {
        const radius = radii[network]![norm];
        attempts.push(...await measured(classifier, batch, { network, norm, budget, searches, radius }));
      }
    }
    for await (const line of python(path, ["measure", budget, images, searches])) {
      const { distances, seconds: _, ...rest } = JSON.parse(line);
      attempts.push({ ...rest, distances: distances.map((d: number | null) => d ?? Infinity) });
      say(attempts.at(-1)!);
    }
  } finally {
    await Deno.remove(file);
  }
  const rows = rowsOf(attempts), date = new Date().toISOString().slice(0, 10);
  const circumstances = { budget, images, searches, backend: description, date };
  const heading = [
    "# Optimality of attacks that look for small changes",
    "",
    `AttackBench's measure (Cinà et al. 2025), 1 is best: ${budget} passes for each of ${images} images, forward and`,
    "backward counted, of the networks of `fixtures/golden/make_thousand.py`. In parentheses the median distance; – where",
    `half of the images or more were not fooled. Attacks in a ball are searched over ${searches} radii. Written by`,
    `\`scripts/bench_optimality.ts\`, ${date}, ${description}.`,
  ].join("\n");
  await writeAtomically(
    `${results}/optimality.json`,
    `${JSON.stringify({ rows, circumstances }, null, 1)}\n`,
  );
  await writeAtomically(`${results}/optimality.md`, toMarkdown(rows, heading));
  console.log(toMarkdown(rows, heading));
});
