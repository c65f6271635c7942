/** What the driver of a cluster decides, on a simulated one. */
import { assert, assertEquals } from "@std/assert";
import { drawsFrom } from "../../scripts/fuzz/draws.ts";
import { arrayOf, next, tasksIn } from "../../scripts/slurm/schedule.ts";
import { stepOf } from "../../scripts/slurm/scripts.ts";

interface Simulated {
  readonly time: number;
  /** Times that each task ended with a result. */
  readonly finished: readonly number[];
  /** Times that a worker was lost, or a task killed. */
  readonly failures: number;
  readonly started: number;
  readonly work: number;
}

/**
 * Workers that take tasks from a queue in order. A task may be killed; a worker may be lost with its task, which the queue
 * then takes back itself, and return later. The driver looks every `every` s.
 */
function simulate(
  { tasks, workers, kill, lose, every, seed }: {
    readonly tasks: number;
    readonly workers: number;
    readonly kill: number;
    readonly lose: number;
    readonly every: number;
    readonly seed: number;
  },
): Simulated {
  const draws = drawsFrom(seed), share = () => draws.below(1e6) / 1e6;
  const seconds = Array.from({ length: tasks }, () => 30 + 60 * share());
  const queue: number[] = [],
    running = new Map<number, { task: number; end: number; fate: "done" | "killed" | "lost" }>();
  const away = new Map<number, number>(),
    finished = new Array(tasks).fill(0),
    attempts = new Map<number, number>();
  let failures = 0, started = 0, time = 0, look = 0;
  const all = seconds.map((_, task) => task);
  for (; time < 1e6; time++) {
    for (const [worker, { task, end, fate }] of running) {
      if (end > time) continue;
      running.delete(worker);
      if (fate === "done") finished[task]++;
      else failures++;
      if (fate === "lost") {
        queue.push(task);
        away.set(worker, time + 120);
      }
    }
    for (const [worker, back] of away) if (back <= time) away.delete(worker);
    for (let worker = 0; worker < workers && queue.length > 0; worker++) {
      if (running.has(worker) || away.has(worker)) continue;
      const task = queue.shift()!, fate = share() < kill ? "killed" : share() < lose ? "lost" : "done";
      running.set(worker, { task, fate, end: time + seconds[task]! * (fate === "done" ? 1 : share()) });
      started++;
    }
    if (time < look) continue;
    look = time + every;
    const active = new Set([...queue, ...[...running.values()].map(({ task }) => task)]);
    const done = new Set(all.filter((task) => finished[task] > 0));
    const { submit, isOver } = next({ all, done, active, attempts });
    if (isOver) break;
    for (const task of submit) {
      queue.push(task);
      attempts.set(task, (attempts.get(task) ?? 0) + 1);
    }
  }
  return { time, finished, failures, started, work: seconds.reduce((a, b) => a + b, 0) };
}

Deno.test("64 workers do 1 000 cells with failures: none is lost, none done twice, within 1.3 times the ideal", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    for (const [kill, lose] of [[0, 0], [0.05, 0], [0, 0.02], [0.05, 0.02]] as const) {
      const found = simulate({ tasks: 1000, workers: 64, kill, lose, every: 10, seed });
      assert(found.finished.every((times) => times === 1), `seed ${seed}: ${found.finished}`);
      assertEquals(found.started, 1000 + found.failures);
      assert(found.time <= 1.3 * found.work / 64, `${found.time} s, ideal ${found.work / 64} s`);
    }
  }
});

Deno.test("a task that fails each time is given up, and the others are done", () => {
  const attempts = new Map([[0, 5], [1, 1]]), all = [0, 1, 2];
  assertEquals(next({ all, done: new Set([2]), active: new Set(), attempts }), {
    submit: [1],
    givenUp: [0],
    isOver: false,
  });
  assertEquals(next({ all, done: new Set([1, 2]), active: new Set(), attempts }), {
    submit: [],
    givenUp: [0],
    isOver: true,
  });
  assertEquals(next({ all, done: new Set(), active: new Set(all), attempts }), {
    submit: [],
    givenUp: [],
    isOver: false,
  });
});

Deno.test("arrayOf() writes numbers as Slurm takes them, and tasksIn() reads what squeue prints", () => {
  assertEquals(arrayOf([3, 0, 1, 9, 2, 7, 10]), "0-3,7,9-10");
  assertEquals(arrayOf([]), "");
  assertEquals(tasksIn("3\n 12 \nN/A\n"), new Set([3, 12]));
});

Deno.test("stepOf() quotes what a shell would read, and asks Slurm to take lost tasks back", () => {
  const { script } = stepOf("cells", 3, ["deno", "--rows=Our method (Qs = 10)", "it's"], "/run", {
    gres: "gpu:1",
  });
  assert(script.includes("#SBATCH --requeue\n") && script.includes("#SBATCH --gres=gpu:1\n"));
  assert(script.endsWith(`exec deno '--rows=Our method (Qs = 10)' 'it'\\''s'\n`), script);
});
