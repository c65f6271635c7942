import cliProgress from "cli-progress";
import type { Progress, ProgressPlace } from "../tensor/mod.ts";
import { escape } from "./_escape.ts";
import { displayInPlace, inNotebook } from "./display.ts";

/** Values to print beside the progress, such as the accuracy so far. */
type Facts = Readonly<Record<string, string | number>>;

/** Options of {@linkcode lineProgress}. */
export interface LineProgressOptions {
  /** Milliseconds between two lines; default 10 000. */
  readonly every?: number;
  /** Writes a line; default to the standard error. */
  readonly write?: (line: string) => void;
  /** Returns the time in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** Progress that is not shown. */
export const silent: Progress = { update() {}, done() {} };

/**
 * Shows progress: below the cell in a notebook, as a bar in a terminal, as a line every ten seconds elsewhere.
 *
 * It counts steps and has no percentage, which would read like an accuracy.
 *
 * @param label The name of the work: `Training resnet18`.
 * @param place Its place in all of the work, where it is one piece of several: it is shown with the time that all needs.
 *
 * @example Usage
 * ```ts
 * import { progress } from "@gcln/kit/report";
 *
 * const bar = progress("Attacking");
 * bar.update(1, 2, { accuracy: 0.5 });
 * bar.done();
 * ```
 */
export function progress(label: string, place?: ProgressPlace): Progress {
  const placed = placedLabel(label, place);
  if (inNotebook()) return notebookProgress(placed);
  if (Deno.stderr.isTerminal()) return terminalProgress(placed);
  return lineProgress(placed);
}

/** `[3 of 40, about 12:05 left] Our method, FGS`. */
export function placedLabel(label: string, place?: ProgressPlace): string {
  if (place === undefined) return label;
  const { step, of, secondsLeft } = place;
  const left = secondsLeft === undefined ? "" : `, about ${duration(secondsLeft)} left`;
  return `[${step} of ${of}${left}] ${label}`;
}

/** Progress as a bar on the last line of a terminal. */
export function terminalProgress(label: string): Progress {
  const clock = pace(() => performance.now());
  let bar: cliProgress.SingleBar | undefined;
  return {
    update(done, total, facts = {}) {
      const details = [...clock(done, total), ...factTexts(facts)].join(", ");
      if (bar === undefined) {
        bar = new cliProgress.SingleBar(
          { format: "{label} {bar} {value} of {total}  {details}", hideCursor: true, barsize: 24 },
          cliProgress.Presets.shades_classic,
        );
        bar.start(total, done, { label, details });
      }
      bar.setTotal(total);
      bar.update(done, { label, details });
    },
    done() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/**
 * Progress as plain lines, for logs. The first line comes after ten seconds, so short work writes nothing.
 *
 * @param label The name of the work.
 */
export function lineProgress(label: string, options: LineProgressOptions = {}): Progress {
  const { every = 10_000, write = (line) => console.error(line), now = () => performance.now() } = options;
  const clock = pace(now);
  let started: number | undefined, written: number | undefined;
  return {
    update(done, total, facts = {}) {
      const time = now();
      started ??= time;
      const rest = clock(done, total);
      if (time - (written ?? started) < every) return;
      written = time;
      write(
        `${label}: ${[`${done} of ${total}`, ...rest, ...factTexts(facts)].join(", ")}`,
      );
    },
    done(ending) {
      const word = ending === "stopped" ? "stopped after" : "done in";
      if (written !== undefined) write(`${label}: ${word} ${duration((now() - started!) / 1000)}`);
      started = written = undefined;
    },
  };
}

/** Progress below the running cell of a notebook. It is removed at the end, so a saved notebook has its results only. */
export function notebookProgress(label: string): Progress {
  const id = crypto.randomUUID(), clock = pace(() => performance.now());
  let shown: number | undefined, queue: Promise<void> = Promise.resolve();
  const show = (html: string, plain: string) => {
    const update = shown !== undefined;
    shown = performance.now();
    queue = queue.then(
      () => displayInPlace(id, { "text/html": html, "text/plain": plain }, update),
      () => {},
    );
  };
  return {
    update(done, total, facts = {}) {
      const rest = clock(done, total);
      if (shown !== undefined && performance.now() - shown < 250) return;
      const text = [`${done} of ${total}`, ...rest, ...factTexts(facts)].join(", ");
      const bar = `<progress value="${done}" max="${total}" aria-label="${escape(label)}"></progress>`;
      show(`${escape(label)} ${bar} ${escape(text)}`, `${label}: ${text}`);
    },
    done() {
      if (shown !== undefined) show("", "");
      shown = undefined;
    },
  };
}

/** Speed and remaining time, measured from the first update: work that an earlier run did is not counted. */
function pace(now: () => number): (done: number, total: number) => string[] {
  let first: { readonly done: number; readonly time: number } | undefined;
  return (done, total) => {
    first ??= { done, time: now() };
    const seconds = (now() - first.time) / 1000, rate = (done - first.done) / seconds;
    if (!(seconds > 0 && rate > 0)) return [];
    const speed = rate >= 1 ? `${short(rate)}/s` : `${short(1 / rate)} s each`;
    return done < total ? [speed, `${duration((total - done) / rate)} left`] : [speed];
  };
}

function factTexts(facts: Facts): string[] {
  return Object.entries(facts).map(([name, value]) =>
    `${name} ${typeof value === "number" ? short(value) : value}`
  );
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/** Seconds as `0:35`, `12:05` or `1:02:09`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds), two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
