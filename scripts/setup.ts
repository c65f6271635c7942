/**
 * `deno task setup`: makes a fresh clone ready to run. It runs by itself before every other task.
 *
 * 1. stand-ins for the JSR packages where that registry can't be reached ({@link standIns});
 * 2. the npm packages that the lockfile pins;
 * 3. the native TensorFlow library for `@tensorflow/tfjs-node-gpu` ({@link nativeBackend}), or one line that
 *    says what it lacks.
 *
 * It uses Deno's and Node's APIs only, since it runs before any package is installed. A finished set-up leaves a stamp in
 * `node_modules`, so the next run has nothing to do.
 *
 *     deno task setup              the CPU build of TensorFlow
 *     deno task setup --cuda       the CUDA build (NVIDIA GPU, driver for CUDA 12); without a GPU it is not fetched
 *     deno task setup --force      everything again
 */
import { join } from "node:path";
import { writeAtomically } from "../lib/files/mod.ts";
import { nvidiaGpus } from "./setup/gpu.ts";
import { standIns, standInsDigest } from "./setup/jsr.ts";
import { type Look, nativeBackend, nativeLook } from "./setup/native.ts";
import { SetupError } from "./setup/shell.ts";

const STAMP = join("node_modules", ".gcln-setup.json");
const DAY = 24 * 60 * 60 * 1000;
const HELP = `deno task setup [--cuda] [--force] [--cache=DIR]

  --cuda       build the native backend from the CUDA wheels (12 GB), where there is an NVIDIA GPU
  --cuda=anyway  the same without a GPU, for an image that will run on another machine
  --force      do everything again
  --cache=DIR  where the TensorFlow library is kept (default: the user's cache folder)
`;

interface Stamp {
  readonly config: string;
  readonly standIns: boolean;
  readonly native: "built" | "missing";
  readonly cuda: boolean;
  readonly time: number;
  /** Why there is no native backend. */
  readonly why?: string;
  /** The files of the native backend, whose content was checked. */
  readonly files?: Readonly<Record<string, Look>>;
}

interface Options {
  readonly cuda: boolean;
  /** Whether the CUDA build is wanted without a GPU too. */
  readonly anyway: boolean;
  readonly force: boolean;
  readonly cache?: string;
}

/** The oldest Deno that runs the kit. */
const OLDEST = [2, 9] as const;

function checkDeno(version = Deno.version.deno): void {
  const [major = 0, minor = 0] = version.split(".").map(Number), [least, leastMinor] = OLDEST;
  if (major > least || major === least && minor >= leastMinor) return;
  throw new SetupError(
    `Deno ${
      OLDEST.join(".")
    } or newer is needed, this is ${version}: deno upgrade, or https://docs.deno.com/runtime`,
  );
}

function options(args: readonly string[]): Options {
  for (const arg of args) {
    if (!/^--(cuda|cuda=anyway|force|help|cache=.+)$/.test(arg)) {
      throw new SetupError(`Unknown flag ${arg}. Known: --cuda, --cuda=anyway, --force, --cache=DIR, --help`);
    }
  }
  const cache = args.find((arg) => arg.startsWith("--cache="))?.slice("--cache=".length);
  const anyway = args.includes("--cuda=anyway");
  return {
    cuda: anyway || args.includes("--cuda"),
    anyway,
    force: args.includes("--force"),
    ...(cache ? { cache } : {}),
  };
}

function readStamp(): Stamp | undefined {
  try {
    const stamp = JSON.parse(Deno.readTextFileSync(STAMP));
    return typeof stamp?.config === "string" && typeof stamp.time === "number" ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** A stamp of everything that the set-up depends on: dependencies, stand-ins and Deno's version. */
function config(): string {
  const { imports } = JSON.parse(Deno.readTextFileSync("deno.json"));
  return JSON.stringify([imports, standInsDigest(), Deno.version.deno]);
}

function isFresh(stamp: Stamp | undefined, { cuda, force }: Options): boolean {
  if (stamp === undefined || force || stamp.config !== config() || (cuda && !stamp.cuda)) return false;
  // What was missing last time may be there now; what was there may be cut off, or written over.
  const settled = stamp.native === "built"
    ? JSON.stringify(nativeLook() ?? null) === JSON.stringify(stamp.files)
    : Date.now() - stamp.time < DAY;
  return settled && (!stamp.standIns || Date.now() - stamp.time < 30 * DAY);
}

async function install(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const [why = ""] = new TextDecoder().decode(stderr).trim().split(/\n\s*Stack backtrace:/);
  const isNetwork = /error sending request|dns error|tcp connect|timed out|network/i.test(why);
  throw new SetupError(
    "The npm packages could not be installed." +
      (isNetwork
        ? " The npm registry does not answer: the first set-up needs a network, later runs need none. Is it there, run this again."
        : "") +
      `\n${why.split("\n").slice(-6).join("\n")}`,
  );
}

/** Whether the CUDA build is to be set up. Says which GPUs were found, or that it is left. */
async function wantsCuda({ cuda, anyway }: Options): Promise<boolean> {
  if (!cuda) return false;
  const gpus = await nvidiaGpus();
  if ("names" in gpus) {
    console.error(`  found ${gpus.names.join(", ")}`);
    return true;
  }
  console.error(
    `  No NVIDIA GPU was found: ${gpus.none}. ` +
      (anyway
        ? "The CUDA build is fetched all the same; here it computes on the CPU"
        : "The CPU build is set up; --cuda=anyway fetches the CUDA build (12 GB) all the same"),
  );
  return anyway;
}

async function setup(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(HELP);
  checkDeno();
  const asked = options(args);
  if (isFresh(readStamp(), asked)) return;

  console.error("Setting up (once per checkout)");
  const wanted = { ...asked, cuda: await wantsCuda(asked) };
  const usesStandIns = await standIns();
  if (usesStandIns) {
    console.error("  JSR does not answer: stand-ins for @std/assert and @std/cli are in .offline");
  }
  await install();
  console.error("  npm packages installed");
  const native = await nativeBackend(wanted);
  if (native.missing) {
    console.error(
      `  No native TensorFlow here: ${native.missing}. The wasm backend is used instead; ` +
        "`deno task setup --force` tries again.",
    );
  }
  const stamp: Stamp = {
    config: config(),
    standIns: usesStandIns,
    native: native.missing ? "missing" : "built",
    cuda: wanted.cuda,
    time: Date.now(),
    ...(native.missing ? { why: native.missing } : { files: nativeLook() ?? {} }),
  };
  await writeAtomically(STAMP, JSON.stringify(stamp));
}

try {
  await setup(Deno.args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`Set-up failed: ${error.message}`);
  Deno.exit(1);
}
