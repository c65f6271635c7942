/** Processes that are killed while they measure. */
import { cellCache, type PanelsResult, type Result } from "@gcln/kit/evaluation";
import { reproduce, reproduceFigure } from "@gcln/kit/experiments";
import { fold, useBackend } from "@gcln/kit/tensor";
import { fewCells, stepsAndRadii } from "./_small.ts";
import { tiny } from "./_untrained.ts";

const KILLS = 3;

/**
 * Measures in processes of their own, of which the first three are killed at a random sign of progress.
 *
 * @param folder Where the networks are; the cells are in a folder of their own there.
 * @returns What the one prints that was let live.
 */
export async function killed(kind: "table" | "figure", folder: string): Promise<unknown> {
  for (let kills = 0;; kills++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", import.meta.url, kind, folder],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let left = kills < KILLS ? 1 + kills + fold(kills, "kill", kind) % 3 : Infinity, said = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      left -= text.split("\n").filter((line) => line === ".").length;
      if (left <= 0) kill(child);
    }
    if ((await child.status).success) return JSON.parse(said.slice(said.indexOf("{")));
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has come to its end before.
  }
}

/** What has to be the same whenever it is measured: all but times. */
export function facts(result: Result | PanelsResult): unknown {
  const { provenance: { date: _, ...provenance }, ...rest } = result;
  return JSON.parse(
    JSON.stringify({ ...rest, provenance }, (key, value) => key === "seconds" ? undefined : value),
  );
}

/** Measures, with a line for each sign of progress, and prints the result. */
if (import.meta.main) {
  const [kind, folder] = Deno.args as ["table" | "figure", string];
  await useBackend();
  const told = () => console.log("."), progress = () => ({ update: told, done: told });
  const options = { profile: tiny, folder, progress, cells: cellCache({ folder: `${folder}/killed` }) };
  console.log(
    JSON.stringify(
      kind === "table" ? await reproduce(fewCells, options) : await reproduceFigure(stepsAndRadii, options),
    ),
  );
}
