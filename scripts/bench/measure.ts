import { alternate, median } from "./alternate.ts";
import type { Peer } from "./peer.ts";
import { type Plan, type Run, type Task, theirs } from "./pytorch.ts";
import { type Case, compared } from "./ratios.ts";
import { works } from "./works.ts";

/** A case, and how it came about. */
export interface Row extends Case {
  readonly repeats: number;
  /** PyTorch's, by precision. */
  readonly layouts: Readonly<Record<string, string>>;
  /** Why PyTorch was left out, by mode and precision. */
  readonly problems: Readonly<Record<string, string>>;
}

/** A run of one side lasts so long at least, so that no clock or start is measured. */
const SECONDS = 0.5, MOST_REPEATS = 50;

/** How many repeats last long enough. */
async function repeatsOf(run: Run): Promise<number> {
  await run(1);
  return Math.min(MOST_REPEATS, Math.max(1, Math.ceil(SECONDS / await run(1))));
}

/** All sides of a task in turn. */
export async function measure(task: Task, plan: Plan, peer: Peer | undefined): Promise<Row[]> {
  const { subject, work, width, batch } = task;
  const ready = plan.precisions.map((precision) => works[work].prepare(subject, batch, precision));
  try {
    const repeats = await repeatsOf(ready[0]!.run);
    const { sides, layouts, problems } = peer
      ? await theirs(peer, task, plan, repeats)
      : { sides: {}, layouts: {}, problems: {} };
    const runs = [...ready.map(({ run }) => run), ...Object.values(sides)];
    const taken = await alternate(runs.map((run) => () => run(repeats)), plan.times);
    await peer?.ask({ do: "forget" });
    const speeds = taken.map((seconds) => batch * repeats / median(seconds));
    const peers = Object.fromEntries(Object.keys(sides).map((name, i) => [name, speeds[ready.length + i]!]));
    return plan.precisions.map((precision, i) => ({
      ...compared({ work, width, batch, precision, ours: speeds[i]!, peers }),
      repeats,
      layouts,
      problems,
    }));
  } finally {
    for (const { dispose } of ready) dispose();
  }
}
