import { dirname, join } from "node:path/posix";
import { importsOf, type Sources, withoutComments } from "./source.ts";

/** Import circles, each once, imports of types included: `a.ts -> b.ts -> a.ts`. */
export function circles(sources: Sources): string[] {
  const graph = new Map(
    [...sources].map(([path, text]) => {
      const targets = importsOf(withoutComments(text))
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => join(dirname(path), specifier));
      return [path, targets.filter((target) => sources.has(target))];
    }),
  );
  const seen = new Set<string>(), found: string[] = [];
  for (const path of graph.keys()) {
    if (seen.has(path)) continue;
    const way = wayBack(path, graph);
    way?.forEach((file) => seen.add(file));
    if (way !== undefined) found.push(`imports go in a circle: ${[path, ...way].join(" -> ")}`);
  }
  return found;
}

/** The shortest way from a file back to itself, without the file at its beginning. */
function wayBack(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>(), queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const target of graph.get(file)!) {
      if (target === start) {
        const way = [target];
        for (let at = file; at !== start; at = cameFrom.get(at)!) way.unshift(at);
        return way;
      }
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return undefined;
}
