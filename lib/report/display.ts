/**
 * How a notebook shows values. This is the one file that depends on Jupyter; outside a notebook it has no effect.
 */

/** The method that a notebook calls on the last value of a cell; the same symbol as `Deno.jupyter.$display`. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as typeof jupyterDisplay;

/** One value in several formats, by media type: text, pictures in base64, JSON as it is. */
export interface MimeBundle {
  /** Text; HTML and Markdown too. */
  readonly [text: `text/${string}`]: string;
  /** A picture in base64; an SVG as text. */
  readonly [image: `image/${string}`]: string;
  /** JSON. */
  readonly [json: `application/${string}json`]: unknown;
}

/** A value that a notebook shows in its own way. */
export interface Displayed {
  /** The formats of the value, richest first. */
  readonly [jupyterDisplay]: () => MimeBundle | Promise<MimeBundle>;
}

/**
 * Sets how a notebook shows an object.
 *
 * The object gets a new property. `JSON.stringify` leaves it out, and a spread does not copy it.
 *
 * @param value The object.
 * @param formats Makes its formats; called when a cell ends in the value.
 * @returns `value` itself.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { displayed, jupyterDisplay } from "@gcln/kit/report";
 *
 * const cat = displayed({ name: "cat" }, () => ({ "text/markdown": "**cat**" }));
 * assertEquals(await cat[jupyterDisplay](), { "text/markdown": "**cat**" });
 * assertEquals(JSON.stringify(cat), '{"name":"cat"}');
 * ```
 */
export function displayed<T extends object>(
  value: T,
  formats: () => MimeBundle | Promise<MimeBundle>,
): T & Displayed {
  return Object.defineProperty(value, jupyterDisplay, { value: formats, configurable: true }) as
    & T
    & Displayed;
}

/** Text that a notebook renders as Markdown and a terminal shows as it is. */
export function markdown(text: string): Displayed {
  return displayed({}, () => ({ "text/markdown": text, "text/plain": text }));
}

/** HTML for a notebook; `plain` is shown where HTML can't be. */
export function html(text: string, plain: string): Displayed {
  return displayed({}, () => ({ "text/html": text, "text/plain": plain }));
}

/** A PNG for a notebook; `alt` describes the picture in words. */
export function png(bytes: Uint8Array, alt: string): Displayed {
  return displayed({}, () => ({ "image/png": base64(bytes), "text/plain": alt }));
}

/** Whether the code runs in a cell of a notebook. */
export function inNotebook(): boolean {
  try {
    return globalThis.Deno?.jupyter !== undefined; // throws outside a notebook
  } catch {
    return false;
  }
}

/** Shows `formats` under the running cell at once. With `update` it replaces what an earlier call with this `id` showed. */
export async function displayInPlace(id: string, formats: MimeBundle, update: boolean): Promise<void> {
  if (!inNotebook()) return;
  await Deno.jupyter.display({ ...formats }, { raw: true, display_id: id, update });
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
