/** What is known of some tasks at a moment: which are to be done, and what has become of them. */
export interface Tasks {
  /** All of them, by number. */
  readonly all: readonly number[];
  /** Those whose result is there. Look at it after `active`: what ends in between counts as active, and is looked at again. */
  readonly done: ReadonlySet<number>;
  /** Those that wait or run. */
  readonly active: ReadonlySet<number>;
  /** How often each was handed in. */
  readonly attempts: ReadonlyMap<number, number>;
}

/** What to do next. */
export interface Next {
  /** To be handed in now: their result is not there, and nothing is at work on them. */
  readonly submit: readonly number[];
  /** Those that failed as often as a task may. */
  readonly givenUp: readonly number[];
  /** Whether nothing is left to wait for. */
  readonly isOver: boolean;
}

/** How often a task is handed in before it is given up. */
export const ATTEMPTS = 5;

/**
 * What to do next with some tasks: judged by the results that are there, and not by what the queue says of their ends. So
 * a task that was killed, or lost its node, is handed in again alone, while the others go on.
 */
export function next({ all, done, active, attempts }: Tasks, most: number = ATTEMPTS): Next {
  const open = all.filter((task) => !done.has(task) && !active.has(task));
  const isSpent = (task: number) => (attempts.get(task) ?? 0) >= most;
  const submit = open.filter((task) => !isSpent(task)), givenUp = open.filter(isSpent);
  return { submit, givenUp, isOver: submit.length === 0 && active.size === 0 };
}

/** Numbers as Slurm's `--array` takes them: `0-3,7,9-10`. */
export function arrayOf(tasks: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const task of [...tasks].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && task === last[1] + 1) last[1] = task;
    else parts.push([task, task]);
  }
  return parts.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(",");
}

/** The numbers that `squeue` prints for an array with `-r -o %K`, one a line. */
export function tasksIn(queue: string): Set<number> {
  return new Set(
    queue.split("\n").map((line) => line.trim()).filter((line) => /^\d+$/.test(line)).map(Number),
  );
}
