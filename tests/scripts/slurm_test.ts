/** A table on a real Slurm of two nodes on this machine, with a task and a node killed. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readResult, type Result } from "@gcln/kit/evaluation";
import { join } from "node:path";
import { cluster, hasSlurm, processesWith } from "./_slurm_cluster.ts";
import { ROOT } from "./_copied_checkout.ts";

/** The file of the part of Table 1 that is measured here. */
const STEM = "table1-quick-street-digits-rows-no-defense-columns-clean-fgs-pgd-4-examples";

const WHAT = ["--examples=4", "--rows=No Defense", "--columns=Clean,FGS,PGD"];

async function reproduce(folder: string, env: Record<string, string>, ...flags: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "scripts/reproduce.ts",
      "table1",
      ...WHAT,
      `--results=${folder}`,
      ...flags,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", XDG_CACHE_HOME: join(folder, "cache"), GCLN_SLURM_POLL: "500", ...env },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

/** The cells of the table in a folder, without what differs between any two runs. */
async function cellsIn(folder: string): Promise<unknown> {
  const file = join(folder, `${STEM}.json`);
  const { rows } = readResult(await Deno.readTextFile(file), file) as Result;
  return Object.values(rows).map((cells) => Object.values(cells).map(({ seconds: _, ...cell }) => cell));
}

/** Waits for a task of an array to run, and returns its process. */
async function processOf(task: number): Promise<number> {
  for (;;) {
    const found = processesWith(`SLURM_ARRAY_TASK_ID=${task}`).find((pid) => {
      try {
        return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes("task.ts");
      } catch {
        return false;
      }
    });
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
}

const ignore = !await hasSlurm();

Deno.test({
  name: "--on=slurm makes the same table as one machine, though a task and a node are killed",
  ignore,
}, async () => {
  const there = await Deno.makeTempDir(),
    here = await Deno.makeTempDir(),
    { env, killNode, stop } = await cluster(["n1", "n2"]);
  try {
    const run = reproduce(there, env, "--on=slurm");
    Deno.kill(await processOf(1), "SIGKILL");
    const node = Deno.readTextFileSync(`/proc/${await processOf(2)}/environ`).split("\0")
      .find((line) => line.startsWith("SLURMD_NODENAME="))!.split("=")[1]!;
    await killNode(node);
    const { code, out, err } = await run;
    assertEquals(code, 0, err);
    assertMatch(err, /cells: [\d,-]*1[\d,-]* ended without a result, handed in again as job \d+/);
    assertMatch(err, /cells: 3 of 3 done/);
    assertMatch(out, new RegExp(`^Written: .*${STEM}\\.json`, "m"));
    assertEquals((await reproduce(here, {})).code, 0);
    assertEquals(await cellsIn(there), await cellsIn(here));
  } finally {
    await stop();
    for (const folder of [there, here]) await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--on=slurm --dry-run prints the scripts: networks, cells, then the table", async () => {
  const folder = await Deno.makeTempDir();
  const { code, out } = await reproduce(folder, {}, "--on=slurm", "--dry-run", "--retrain", "--time=1:00:00");
  assertEquals(code, 0);
  const names = [...out.matchAll(/^# (\S+)\.sh/gm)].map(([, name]) => name);
  assertEquals(names, ["networks-0", "cells", "gather"]);
  assert(out.includes("#SBATCH --time=1:00:00") && out.includes("# cells.sh, sbatch --array=0-2"));
  assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name !== "cache"), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("--on=slurm says what is wrong with its flags, and where there is no Slurm", async () => {
  const folder = await Deno.makeTempDir();
  const wrong = await reproduce(folder, {}, "--on=slurm", "--partition=a\n#SBATCH -N 9");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.err, /--partition can't be/);
  const none = await reproduce(folder, { PATH: "/nowhere" }, "--on=slurm");
  assertEquals(none.code, 1);
  assertMatch(none.err, /sbatch was not found: --on=slurm hands the work to a cluster's queue/);
  await Deno.remove(folder, { recursive: true });
});
