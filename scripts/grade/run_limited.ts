import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../cli/command.ts";
import { kernelFolder } from "../notebooks/kernel.ts";
import { nbclientPath } from "../notebooks/nbclient.ts";
import type { Notebook } from "../notebooks/notebook_file.ts";

/** What a handed-in notebook may use. */
export interface Limits {
  /** Seconds for one cell; it is stopped then, and the next one runs. */
  readonly cellSeconds: number;
  /** Seconds for all cells. */
  readonly seconds: number;
  /** Bytes of memory. */
  readonly memory: number;
  /** Bytes of what all cells show. */
  readonly output: number;
}

/** A notebook that has run. */
export interface Executed {
  /** The notebook with what its cells have shown. */
  readonly notebook: Notebook;
  /** Which limit has ended it, or "exit" where the kernel has ended; null if it ran to its end. */
  readonly ended: "time" | "memory" | "output" | "exit" | null;
  /** The last cell that ran, from 1. */
  readonly cell: number;
  /** The cells that were stopped because they took too long, from 1. */
  readonly stopped: readonly number[];
}

/** The variables of the environment that a notebook may see: what the kit and its engines need, and nothing else. */
const PASSED =
  /^(PATH|HOME|USERPROFILE|SYSTEMROOT|TEMP|TMP|TMPDIR|LANG|LC_\w+|LD_LIBRARY_PATH|XDG_\w+|DENO_\w+|GCLN_\w+|TF_\w+|CUDA_\w+|PYENV_\w+|NPM_CONFIG_\w+)$/i;

/** Seconds that a stopped cell has to end, before its kernel is killed. Jupyter's Stop takes up to 6 for what waits. */
const GRACE = 8;

/**
 * Runs a notebook in a folder of its own inside the project, so that `@gcln/kit` is the project's.
 *
 * The limits keep a class's mistakes from each other. They are no sandbox: code in a notebook may do what the user may.
 *
 * @param notebook The notebook; what it shows already is dropped.
 * @param secret With which `exercise` seals what it shows.
 */
export async function runLimited(notebook: Notebook, limits: Limits, secret: string): Promise<Executed> {
  const results = resolve("results");
  await Deno.mkdir(results, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: results, prefix: ".grading-" });
  // The notebook's own folder is below, so that it does not find its file by chance.
  const source = join(folder, "source.ipynb"),
    target = join(folder, "target.ipynb"),
    own = join(folder, "own");
  try {
    await Deno.mkdir(own);
    await Deno.writeTextFile(
      source,
      JSON.stringify({ ...notebook, nbformat_minor: notebook.nbformat_minor ?? 5 }),
    );
    const first = `await (await import("@gcln/kit/course")).sealOutcomes(${JSON.stringify(secret)});`;
    const { cellSeconds, seconds, memory, output } = limits;
    const said = await python({
      source,
      target,
      folder: own,
      first,
      cell_seconds: cellSeconds,
      seconds,
      memory,
      output,
      grace: GRACE,
    });
    return { ...JSON.parse(said), notebook: JSON.parse(await Deno.readTextFile(target)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function python(asked: object): Promise<string> {
  const passed = Object.entries(Deno.env.toObject()).filter(([name]) => PASSED.test(name));
  const PYTHONPATH = await nbclientPath(), JUPYTER_PATH = await kernelFolder();
  const process = new Deno.Command("python3", {
    args: [fileURLToPath(import.meta.resolve("./run.py"))],
    clearEnv: true,
    env: {
      ...Object.fromEntries(passed),
      ...(PYTHONPATH ? { PYTHONPATH } : {}),
      JUPYTER_PATH,
      NO_COLOR: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(asked)));
  await writer.close();
  const { success, stdout, stderr } = await process.output(), text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new UserError(
    `A notebook could not be run:\n${text.decode(stderr).trim().split("\n").slice(-12).join("\n")}`,
  );
}
