/** Processes that train networks and measure with them, and are killed while they do. */
import { assert } from "@std/assert";
import type { LikenessResult, PanelsResult, Result } from "@gcln/kit/evaluation";
import type { Profile } from "@gcln/kit/defenses";
import { figure2, reproduce, reproduceFigure, visualise } from "@gcln/kit/experiments";
import { fold, useBackend } from "@gcln/kit/tensor";
import { fewCells, stepsAndRadii } from "./_small.ts";
import { tiny } from "./_untrained.ts";

/** A table, a figure of curves, and Figure 2. */
export interface Outcome {
  readonly table: Result;
  readonly figure: PanelsResult;
  readonly view: LikenessResult;
}

/** Enough steps of training to be killed between. */
const brief: Profile = {
  ...tiny,
  name: "brief",
  images: 1280,
  gcln: { ...tiny.gcln, pool: 128, images: 512 },
};

/** Milliseconds that go by whenever one of these processes looks at its clock: training keeps a checkpoint at every step. */
const TICK = 50_000;
/** Milliseconds between a sign of life and the kill, at most. */
const LATEST = 60;

/** When a process is killed: so many milliseconds after so many signs of life. */
interface Moment {
  readonly after: number;
  readonly delay: number;
}

/** What a process has found, if it came to its end. */
async function live(folder: string, moment?: Moment): Promise<Printed | undefined> {
  const { success, signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--no-check", import.meta.url, folder, JSON.stringify(moment ?? null)],
    stderr: "null",
  }).output();
  assert(success || signal === "SIGKILL", `A process came to a bad end by itself: ${signal}`);
  return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
}

/** What is found without a stop, and by one process after another of which all but the last are killed. */
export interface WholeAndResumed {
  readonly whole: Outcome;
  readonly resumed: Outcome;
  /** How many were killed. */
  readonly kills: number;
  /** How many of them left a training half done. */
  readonly trainings: number;
}

/**
 * Trains and measures twice: at once, and with so many kills, each at a moment by chance.
 *
 * @param folder Empty; what each of the two keeps is in a folder of its own there.
 */
export async function wholeAndResumed(folder: string, most: number): Promise<WholeAndResumed> {
  const other = `${folder}/killed`, { outcome: whole, signs } = (await live(`${folder}/whole`))!;
  // Places in the whole, in their order: a process takes up where the one before was killed.
  const places = Array.from({ length: most }, (_, i) => fold(i, "kill") % signs).sort((a, b) => a - b);
  let trainings = 0;
  for (let kills = 0;; kills++) {
    const after = Math.max(1, (places[kills] ?? Infinity) - (places[kills - 1] ?? 0));
    const moment = { after, delay: fold(kills, "delay") % LATEST };
    const printed = await live(other, kills < most ? moment : undefined);
    if (printed !== undefined) return { whole, resumed: printed.outcome, kills, trainings };
    if (isTraining(`${other}/trained`)) trainings++;
  }
}

function isTraining(folder: string): boolean {
  try {
    return [...Deno.readDirSync(folder)].some(({ name }) => name.endsWith(".checkpoint"));
  } catch {
    return false; // killed before there was a folder
  }
}

/** What has to be the same whenever it is measured: all but times. */
export function facts(result: Result | PanelsResult | LikenessResult): unknown {
  const { provenance: { date: _, ...provenance }, ...rest } = result;
  return JSON.parse(
    JSON.stringify({ ...rest, provenance }, (key, value) => key === "seconds" ? undefined : value),
  );
}

/** What a process prints. */
interface Printed {
  readonly outcome: Outcome;
  readonly signs: number;
}

/** A thread of its own, which kills the process whatever that is doing. */
const KILLER = `
onmessage = ({ data: { signs, after, delay } }) => {
  postMessage("ready");
  for (let seen; (seen = Atomics.load(signs, 0)) < after;) Atomics.wait(signs, 0, seen);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay);
  Deno.kill(Deno.pid, "SIGKILL");
};`;

async function dieAt(moment: Moment, signs: Int32Array): Promise<void> {
  const killer = new Worker(`data:application/javascript,${encodeURIComponent(KILLER)}`, { type: "module" });
  const ready = new Promise((resolve) => killer.onmessage = resolve);
  killer.postMessage({ signs, ...moment });
  await ready;
}

/** Trains and measures in a folder until the moment that it is told, and prints what it has found. */
if (import.meta.main) {
  const [folder, moment] = Deno.args as [string, string];
  const signs = new Int32Array(new SharedArrayBuffer(4)), told = JSON.parse(moment) as Moment | null;
  if (told !== null) await dieAt(told, signs);
  let time = 0;
  performance.now = () => time += TICK;
  await useBackend();
  const sign = () => {
    Atomics.add(signs, 0, 1);
    Atomics.notify(signs, 0);
  };
  const options = { profile: brief, folder, progress: () => ({ update: sign, done: sign }) };
  const table = await reproduce(fewCells, options), figure = await reproduceFigure(stepsAndRadii, options);
  const { result: view, dispose } = await visualise(figure2, { ...options, count: 1 });
  dispose();
  console.log(JSON.stringify({ outcome: { table, figure, view }, signs: signs[0]! } satisfies Printed));
  Deno.exit(); // although the killer may be waiting still
}
