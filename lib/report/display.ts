/**
 * How values show themselves in a notebook. The one file that knows Jupyter; outside a notebook nothing here has
 * an effect.
 */

/** What a notebook calls on the last value of a cell; the same symbol as `Deno.jupyter.$display`. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as typeof jupyterDisplay;

/** One value in several formats, by media type: text, pictures in base64, JSON as it is. */
export interface MimeBundle {
  /** Text; HTML and Markdown too. */
  readonly [text: `text/${string}`]: string;
  /** In base64, but for SVG. */
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
 * Makes an object show itself in a notebook.
 *
 * The object is changed, by a property that neither `JSON.stringify` nor a spread sees.
 *
 * @param value The object.
 * @param formats Its formats, asked for when a cell ends in the value.
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

/** A piece of HTML for a notebook; `plain` stands in for it where HTML can't be shown. */
export function html(text: string, plain: string): Displayed {
  return displayed({}, () => ({ "text/html": text, "text/plain": plain }));
}

/** A PNG for a notebook; `alt` says in words what is to be seen. */
export function png(bytes: Uint8Array, alt: string): Displayed {
  return displayed({}, () => ({ "image/png": base64(bytes), "text/plain": alt }));
}

/** Whether the code runs in a notebook's cell. */
export function inNotebook(): boolean {
  try {
    return globalThis.Deno?.jupyter !== undefined; // throws outside a notebook
  } catch {
    return false;
  }
}

/** Shows `formats` under the running cell at once, in the place that `id` names: a later call replaces an earlier one. */
export async function displayInPlace(id: string, formats: MimeBundle, update: boolean): Promise<void> {
  if (!inNotebook()) return;
  await Deno.jupyter.display({ ...formats }, { raw: true, display_id: id, update });
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
