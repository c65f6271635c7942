/** PyTorch's side of `deno task bench`, as works.py answers. */
import { readSafetensors } from "../../lib/networks/mod.ts";
import { type Precision, tf } from "../../lib/tensor/mod.ts";
import { UserError } from "../cli/command.ts";
import { AGREE, apart } from "./agreement.ts";
import { alternate } from "./alternate.ts";
import type { Peer } from "./peer.ts";
import type { Mode } from "./ratios.ts";
import type { Subject } from "./subject.ts";
import { type WorkName, works } from "./works.ts";

/** How images may lie in PyTorch's memory. */
export const LAYOUTS = ["contiguous", "channels last"] as const;

/** Results are compared for so many images at most. */
const COMPARED = 64;

/** What is measured, and how. */
export interface Plan {
  readonly times: number;
  readonly precisions: readonly Precision[];
  readonly layout: "fastest" | typeof LAYOUTS[number];
  /** Seconds; 0 where nothing is compiled. */
  readonly compileWithin: number;
}

/** One work on one network in batches of one size. */
export interface Task {
  readonly subject: Subject;
  readonly work: WorkName;
  readonly width: number;
  readonly batch: number;
}

/** How often a side is run, and the seconds that takes. */
export type Run = (repeats: number) => Promise<number>;

/** Throws where the two sides do not do the same; returns how far they are apart. */
export async function agreed(peer: Peer, { subject, work, batch }: Task, folder: string): Promise<number> {
  const images = Math.min(batch, COMPARED);
  const { file } = await peer.ask({ do: "result", work, batch: images });
  const ours = await works[work].result(subject, images),
    theirs = readSafetensors(await Deno.readFile(`${folder}/${file}`));
  const far = await apart(ours, theirs, works[work].agree);
  tf.dispose([Object.values(ours), Object.values(theirs)]);
  if (!(far < AGREE)) {
    throw new UserError(`${work}: the two sides differ by ${far}, they don't compute the same`);
  }
  return far;
}

/** PyTorch's sides of a task: those that can be had. */
export async function theirs(
  peer: Peer,
  { work, batch }: Task,
  { precisions, layout, compileWithin }: Plan,
  repeats: number,
) {
  const sides: Record<string, Run> = {},
    layouts: Record<string, string> = {},
    problems: Record<string, string> = {};
  const prepare = async (mode: Mode, precision: Precision, layout: string, within: number) => {
    const side = `${mode} ${precision} ${layout}`;
    const { problem } = await peer.ask({ do: "prepare", side, work, batch, mode, precision, layout, within });
    const run: Run = async (repeats) => (await peer.ask({ do: "run", side, repeats })).seconds as number;
    return { run, problem: problem as string | undefined };
  };
  const modes: Mode[] = work === "training step" ? ["eager"] : ["eager", "frozen"];
  if (compileWithin > 0) modes.push("compiled");
  // Float32 is compared with in any case.
  for (const precision of new Set<Precision>(["float32", ...precisions])) {
    layouts[precision] = layout === "fastest"
      ? await fastest(async (layout) => (await prepare("eager", precision, layout, 0)).run, repeats)
      : layout;
    for (const mode of modes.filter((mode) => mode === "eager" || precisions.includes(precision))) {
      const within = mode === "compiled" ? compileWithin : 0;
      const { run, problem } = await prepare(mode, precision, layouts[precision], within);
      if (problem === undefined) sides[`${mode} ${precision}`] = run;
      else {
        problems[`${mode} ${precision}`] = problem;
        console.error(`${work}: PyTorch ${mode} in ${precision} is left out: ${problem}`);
      }
    }
  }
  return { sides, layouts, problems };
}

/** The layout of memory that is the faster one for the other side: it gets that. */
async function fastest(sideOf: (layout: string) => Promise<Run>, repeats: number): Promise<string> {
  const sides: Run[] = [];
  for (const layout of LAYOUTS) sides.push(await sideOf(layout));
  const taken = await alternate(sides.map((run) => () => run(repeats)), 2);
  return Math.min(...taken[0]!) <= Math.min(...taken[1]!) ? LAYOUTS[0] : LAYOUTS[1];
}
