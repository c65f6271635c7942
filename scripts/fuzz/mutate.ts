import type { Draws } from "./draws.ts";

/** Bytes that mean much in headers. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff];

/** A place in a file: half of all are near its start or its end, where a byte decides over much. */
function place(size: number, draws: Draws): number {
  if (size === 0) return 0;
  const near = Math.min(size, 64), kind = draws.below(4);
  return kind === 0 ? draws.below(near) : kind === 1 ? size - 1 - draws.below(near) : draws.below(size);
}

/** A file with one to three changes: bytes turned, set, put in, taken out, copied, or all from somewhere on cut off. */
export function mutatedBytes(bytes: Uint8Array, draws: Draws): Uint8Array {
  let now = Array.from(bytes);
  for (let changes = 1 + draws.below(2) * draws.below(3); changes > 0; changes--) {
    const at = place(now.length, draws), length = 1 + draws.below(64);
    switch (draws.below(7)) {
      case 0:
        if (now.length > 0) now[at]! ^= 1 << draws.below(8);
        break;
      case 1:
        for (let i = at; i < Math.min(now.length, at + 1 + draws.below(8)); i++) now[i] = draws.one(EDGES);
        break;
      case 2:
        now.splice(at, 0, ...Array.from({ length }, () => draws.below(256)));
        break;
      case 3:
        now.splice(at, length);
        break;
      case 4:
        now.splice(at, 0, ...now.slice(place(now.length, draws)).slice(0, length));
        break;
      case 5:
        for (let i = at; i < Math.min(now.length, at + length); i++) now[i] = draws.below(256);
        break;
      default:
        now = now.slice(0, at);
    }
  }
  return Uint8Array.from(now);
}

/** Markup that must never reach a page as markup. */
export const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;

const JUNK: readonly unknown[] = [
  null,
  true,
  "",
  "text",
  MARKUP,
  7,
  -1,
  1e308,
  0.5,
  2 ** 53,
  [],
  [null],
  {},
  { a: { b: [] } },
  "__proto__",
  "\u0000",
  [[[[1]]]],
];

type Container = unknown[] | Record<string, unknown>;

/** All objects and lists of a value. */
function containers(value: unknown, into: Container[] = []): Container[] {
  if (value !== null && typeof value === "object") {
    into.push(value as Container);
    for (const inner of Object.values(value)) containers(inner, into);
  }
  return into;
}

/** JSON with one to three values replaced, taken out, renamed or put twice; now and then its bytes are changed instead. */
export function mutatedJson(bytes: Uint8Array, draws: Draws): Uint8Array {
  if (draws.below(5) === 0) return mutatedBytes(bytes, draws);
  const value = JSON.parse(new TextDecoder().decode(bytes));
  for (let changes = 1 + draws.below(2) * draws.below(3); changes > 0; changes--) {
    const target = draws.one(containers(value)), keys = Object.keys(target);
    if (keys.length === 0) continue;
    const key = draws.one(keys), fields = target as Record<string, unknown>;
    switch (draws.below(5)) {
      case 0:
        if (Array.isArray(target)) target.splice(Number(key), 1);
        else delete fields[key];
        break;
      case 1:
        if (Array.isArray(target)) target.push(...target.slice(Number(key)));
        else {
          fields[draws.one([MARKUP, `${key} `, "toString", ""])] = fields[key];
          delete fields[key];
        }
        break;
      default:
        fields[key] = structuredClone(draws.one(JUNK));
    }
  }
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A command line with words changed, cut, put twice or swapped. */
export function mutatedWords(words: readonly string[], draws: Draws): string[] {
  const now = [...words];
  for (let changes = 1 + draws.below(2) * draws.below(3); changes > 0; changes--) {
    const at = draws.below(now.length + 1), word = now[at] ?? "";
    switch (draws.below(5)) {
      case 0:
        now.splice(at, 1);
        break;
      case 1:
        now.splice(
          at,
          0,
          draws.one([
            "--",
            "-",
            "--=",
            "--x",
            "-h",
            "--no-fresh",
            "../..",
            "=",
            MARKUP,
            "\n",
            "--__proto__=1",
          ]),
        );
        break;
      case 2:
        now[at] = word.replace(
          /=.*/,
          () => `=${draws.one(["", "NaN", "-1", "1e999", "Infinity", "0x10", ",,", MARKUP])}`,
        );
        break;
      case 3:
        now[at] = new TextDecoder().decode(mutatedBytes(new TextEncoder().encode(word), draws));
        break;
      default:
        now.push(draws.one(now.length > 0 ? now : [""]));
    }
  }
  return now;
}
