import cliProgress from "cli-progress";
import type { Progress } from "./download.ts";

const MEGABYTE = 1e6;

/** A bar on the terminal for each file that comes; where standard error is no terminal, one line for each. */
export function progressBar(): Progress {
  let bar: InstanceType<typeof cliProgress.SingleBar> | undefined, announced: string | undefined;
  return (file, received, total) => {
    if (!Deno.stderr.isTerminal()) {
      if (announced !== file) {
        console.error(`Downloading ${file}${total ? ` (${(total / MEGABYTE).toFixed(0)} MB)` : ""}`);
      }
      announced = file;
      return;
    }
    if (bar === undefined || announced !== file) {
      bar = new cliProgress.SingleBar({
        format: "{file} {bar} {value} of {total} MB, {eta_formatted} to go",
        stream: Deno.stderr,
        hideCursor: true,
      });
      bar.start(toMegabytes(total), toMegabytes(received), { file });
      announced = file;
    }
    bar.update(toMegabytes(received), { file });
    if (received === total) bar.stop();
  };
}

function toMegabytes(bytes: number | undefined): number {
  return Math.round((bytes ?? 0) / MEGABYTE * 10) / 10;
}
