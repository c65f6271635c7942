/** JSON with sorted keys, so that equal values give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

/**
 * The first 12 hexadecimal digits of a value's SHA-256 (as JSON with sorted keys): a key for caches.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { digest } from "@gcln/kit/training";
 *
 * assertEquals(await digest({ a: 1, b: 2 }), await digest({ b: 2, a: 1 }));
 * ```
 */
export async function digest(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(value));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 12);
}
