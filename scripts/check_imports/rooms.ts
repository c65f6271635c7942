import { dirname, join } from "node:path/posix";
import { importsOf, type Sources, withoutComments, withoutStrings } from "./source.ts";

/** The folders of `lib`; each may import those of earlier rows. */
const ORDER: readonly (readonly string[])[] = [
  ["files", "kinds"],
  ["tensor", "engines"],
  ["data", "transform", "losses", "judge"],
  ["networks", "attacks"],
  ["training"],
  ["defenses"],
  ["evaluation"],
  ["report", "experiments"],
  ["course"],
];

/** Folders that run in a browser too: neither Deno's nor Node's own APIs. */
const EVERYWHERE = ["tensor", "kinds", "judge", "transform", "losses", "networks", "attacks", "defenses"];

/** What engines may take of lib/tensor at run time. */
const BELOW_ENGINES = ["lib/tensor/tf.ts", "lib/tensor/backend_error.ts"];

/** What is copied, not imported, where JSR can't be reached. */
const STAND_INS = "scripts/setup/stand_ins/";

/** What runs TensorFlow.js's packages without the kit's kernels, to compare. */
const PLAIN = "scripts/conformance/suite/";

/** Imports against the order of the folders, past a folder's `mod.ts`, or of what browsers do not have. */
export function wrongImports(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    if (path.startsWith("tests/")) continue; // tests may look behind any door
    const code = withoutComments(text), folder = folderOf(path);
    const everywhere = folder !== undefined && EVERYWHERE.includes(folder);
    const say = (what: string) => found.push(`${path}: ${what}`);

    for (const { specifier, typeOnly } of importsOf(code)) {
      if (specifier.startsWith(".")) {
        const target = join(dirname(path), specifier), to = folderOf(target);
        const against = folder !== undefined && to !== undefined ? orderProblem(folder, to) : undefined;
        if (against !== undefined) say(against);
        else if (isEnginesDoor(folder, to)) {
          if (folder === "engines" && !typeOnly && !BELOW_ENGINES.includes(target)) {
            say(`lib/engines takes TensorFlow.js and types from lib/tensor, not ${target}`);
          }
        } else {
          const door = doorOf(path, target, sources);
          if (door !== undefined) say(`imports ${target}, which is private: take what ${door} lists`);
        }
        if (target.startsWith(STAND_INS) && !path.startsWith(STAND_INS)) {
          say(`imports a stand-in as ${specifier}: write @std/assert or @std/cli, which may be the real one`);
        }
        if (folder === "report" && to !== "report" && to !== "tensor" && (to !== "evaluation" || !typeOnly)) {
          say(`lib/report knows result types only, but imports ${specifier}`);
        }
      }
      const below = folder === "tensor" || folder === "engines" || path.startsWith(PLAIN);
      if (specifier.startsWith("@tensorflow/") && !below) {
        say(`only lib/tensor and its engines import ${specifier}`);
      }
      if (folder !== undefined && specifier.startsWith("@gcln/kit")) {
        say(`lib imports its own parts by relative paths, not as ${specifier}`);
      }
      if (everywhere && /^(node:|sharp$|cli-progress$)|\/files\/mod\.ts$/.test(specifier)) {
        say(`lib/${folder} runs in browsers too and must not import ${specifier}`);
      }
    }
    if (everywhere) {
      const allowed = /globalThis\.Deno\?\.env\.get\("GCLN_BACKEND"\)/g;
      const api = /\b(Deno|process|Buffer)\s*\??\./.exec(withoutStrings(code.replace(allowed, "")))?.[1];
      if (api !== undefined) say(`lib/${folder} runs in browsers too and must not use ${api}`);
    }
  }
  return found;
}

function orderProblem(from: string, to: string): string | undefined {
  if (from === to || isEnginesDoor(from, to)) return undefined;
  if (to === "engines") return `lib/${from} must not import lib/engines: only lib/tensor does`;
  const [own = -1, other = -1] = [from, to].map((folder) => ORDER.findIndex((row) => row.includes(folder)));
  if (own < 0 || other < 0) {
    return `lib/${own < 0 ? from : to} has no place in the order of lib's folders yet`;
  }
  return other < own ? undefined : `lib/${from} must not import lib/${to}`;
}

/** lib/tensor starts the engines, which stand on its TensorFlow.js: the one place where two folders know each other. */
function isEnginesDoor(from: string | undefined, to: string | undefined): boolean {
  return from === "tensor" && to === "engines" || from === "engines" && to === "tensor";
}

/**
 * What stands between a file and another that is private: the `mod.ts` of the outermost folder of the other that the
 * file is not in, or the folder of a `_private.ts`.
 */
function doorOf(path: string, target: string, sources: Sources): string | undefined {
  const parts = dirname(target).split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = parts.slice(0, depth).join("/"), door = `${folder}/mod.ts`;
    if (path.startsWith(`${folder}/`) || !folder.startsWith("lib/")) continue;
    if (sources.has(door)) return target === door ? undefined : door;
  }
  const isPrivate = target.startsWith("lib/") && target.split("/").at(-1)!.startsWith("_");
  return isPrivate && !path.startsWith(`${dirname(target)}/`) ? dirname(target) : undefined;
}

function folderOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}
