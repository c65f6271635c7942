import type { DownloadProgress } from "./download.ts";

const WIDTH = 30, MEGABYTE = 1e6;

/**
 * A bar on standard error for each file that comes; one line for each where that is no terminal.
 *
 * It keeps no timer, so a download that fails leaves nothing running.
 */
export function progressBar(): DownloadProgress {
  const isTerminal = Deno.stderr.isTerminal(), shown = new Map<string, number>();
  return (file, received, total) => {
    const percent = total ? Math.floor(100 * received / total) : Math.floor(received / MEGABYTE);
    if (shown.get(file) === percent || (!isTerminal && shown.has(file))) return;
    shown.set(file, percent);
    const size = `${(received / MEGABYTE).toFixed(0)} of ${total ? (total / MEGABYTE).toFixed(0) : "?"} MB`;
    if (!isTerminal) return console.error(`Downloading ${file}, ${size}`);
    const full = total ? Math.floor(WIDTH * received / total) : 0;
    const line = `\r${file} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${size} `;
    Deno.stderr.writeSync(new TextEncoder().encode(received === total ? `${line}\n` : line));
  };
}
