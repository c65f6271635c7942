import { dirname, join } from "node:path/posix";
import { declaredBy, listedBy, type Sources, starsOf, withoutComments, withoutStrings } from "./source.ts";

/** Names of files and of exports that are not as they should be. */
export function wrongNames(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    if (path.endsWith(".d.ts")) continue; // says what another package exports, under its names
    const code = withoutComments(text), bare = withoutStrings(code);
    const say = (what: string) => found.push(`${path}: ${what}`);
    if (/^\s*export\s+default\b/m.test(bare)) say("has a default export");
    if (/\bMath\.random\b/.test(bare)) say("calls Math.random: take a seed");
    const name = path.split("/").at(-1)!;
    if (!/^_?[a-z0-9]+(_[a-z0-9]+)*\.ts$/.test(name)) say("is not named in snake_case");
    if (name === "index.ts" || /(^|_)utils?\.ts$/.test(name)) {
      say("is named after no idea: mod.ts, or what it holds");
    }
    const isDoor = path.startsWith("lib/") && name === "mod.ts";
    for (const specifier of starsOf(code)) {
      // A single file of the folder's own, all of it public.
      if (isDoor && specifier.startsWith("./") && !specifier.endsWith("/mod.ts")) continue;
      say(`exports all of ${specifier}: list the names`);
    }
  }
  return [...found, ...sharedNames(sources)];
}

/**
 * Names that files of `lib` give to different things: a public one has one meaning in all of `lib`, a private one in its
 * folder. Engines are apart: each has its own word for a graph.
 */
function sharedNames(sources: Sources): string[] {
  const known = publicNames(sources), places = new Map<string, string[]>();
  for (const [path, text] of sources) {
    if (!path.startsWith("lib/") || path.startsWith("lib/engines/")) continue;
    for (const name of declaredBy(withoutComments(text))) {
      const key = known.has(name) ? name : `${name} in ${path.split("/", 2).join("/")}`;
      places.set(key, [...places.get(key) ?? [], path]);
    }
  }
  return [...places].filter(([, paths]) => paths.length > 1).map(([key, paths]) =>
    `${key.split(" ")[0]}: is the name of different things in ${paths.toSorted().join(", ")}`
  );
}

/** The names that the `mod.ts` of lib's folders list. */
function publicNames(sources: Sources): Set<string> {
  const names = new Set<string>();
  for (const [path, text] of sources) {
    if (!/^lib\/[^/]+\/mod\.ts$/.test(path)) continue;
    const code = withoutComments(text);
    for (const name of listedBy(code)) names.add(name);
    for (const specifier of starsOf(code)) {
      const whole = sources.get(join(dirname(path), specifier)) ?? "";
      for (const name of declaredBy(withoutComments(whole))) names.add(name);
    }
  }
  return names;
}
