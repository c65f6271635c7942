/**
 * What the parts of the kit may import and use. Run by `deno task ok` through tests/scripts/imports_test.ts.
 *
 * Imports go one way:
 * files, kinds <- tensor, engines <- data, transform, losses, judge <- networks, attacks <- defenses <- training <- evaluation
 * <- report <- experiments. Only tensor imports engines.
 */
import { dirname, join } from "node:path/posix";

/** Files by their path from the project's root. */
export type Sources = ReadonlyMap<string, string>;

/** The folders of `lib`; each may import those of earlier rows. */
const ORDER: readonly (readonly string[])[] = [
  ["files", "kinds"],
  ["tensor", "engines"],
  ["data", "transform", "losses", "judge"],
  ["networks", "attacks"],
  ["defenses"],
  ["training"],
  ["evaluation"],
  ["report"],
  ["experiments"],
];

/** Folders that run in a browser too: neither Deno's nor Node's own APIs. */
const EVERYWHERE = ["tensor", "kinds", "judge", "transform", "losses", "networks", "attacks", "defenses"];

/** What the rules find wrong, a line each; none when all is well. */
export function brokenRules(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const code = withoutComments(text), bare = withoutStrings(code), folder = folderOf(path);
    const imports = path.startsWith("tests/") ? [] : importsOf(code); // tests may look behind any door
    const say = (what: string) => found.push(`${path}: ${what}`);

    for (const { specifier, typeOnly } of imports) {
      const target = specifier.startsWith(".") ? folderOf(join(dirname(path), specifier)) : undefined;
      if (folder !== undefined && target !== undefined && target !== folder) {
        const door = folder === "tensor" && target === "engines" ||
          folder === "engines" && target === "tensor";
        if (!door && (rank(target) >= rank(folder) || target === "engines")) {
          say(`lib/${folder} must not import lib/${target}`);
        }
        if (folder === "report" && target !== "tensor" && (target !== "evaluation" || !typeOnly)) {
          say(`lib/report knows result types only, but imports ${specifier}`);
        }
      }
      if (specifier.startsWith("@tensorflow/") && folder !== "tensor" && folder !== "engines") {
        say(`only lib/tensor and its engines import ${specifier}`);
      }
      if (folder !== undefined && specifier.startsWith("@gcln/kit")) {
        say(`lib imports its own parts by relative paths, not as ${specifier}`);
      }
      if (runsEverywhere(folder) && /^(node:|sharp$|cli-progress$)/.test(specifier)) {
        say(`lib/${folder} runs in browsers too and must not import ${specifier}`);
      }
    }
    if (runsEverywhere(folder)) {
      const allowed = /globalThis\.Deno\?\.env\.get\("GCLN_BACKEND"\)/g;
      const api = /\b(Deno|process|Buffer)\s*\??\./.exec(withoutStrings(code.replace(allowed, "")))?.[1];
      if (api !== undefined) say(`lib/${folder} runs in browsers too and must not use ${api}`);
    }
    if (/^\s*export\s+default\b/m.test(bare)) say("has a default export");
    if (/\bMath\.random\b/.test(bare)) say("calls Math.random: take a seed");
    const name = path.split("/").at(-1)!;
    if (!/^_?[a-z0-9]+(_[a-z0-9]+)*\.ts$/.test(name)) say("is not named in snake_case");
    if (name === "index.ts" || /(^|_)utils?\.ts$/.test(name)) {
      say("is named after no idea: mod.ts, or what it holds");
    }
  }
  return found;
}

interface Import {
  readonly specifier: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** Everything that a module imports or exports from elsewhere, dynamic imports included. */
export function importsOf(code: string): Import[] {
  const statements = [...code.matchAll(/^[ \t]*(?:import|export)\b([^;"'`(]*?)\bfrom\s*["']([^"']+)["']/gm)];
  const others = [...code.matchAll(/\bimport\s*\(?\s*["']([^"']+)["']/g)];
  return [
    ...statements.map(([, clause = "", specifier = ""]) => ({ specifier, typeOnly: isTypeOnly(clause) })),
    ...others.map(([, specifier = ""]) => ({ specifier, typeOnly: false })),
  ];
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(",").map((name) => name.trim()).filter(Boolean);
  return clause.trim().startsWith("{") && names !== undefined &&
    names.every((name) => name.startsWith("type "));
}

function withoutComments(text: string): string {
  // A string may hold "//", as addresses do: so strings are matched too, and kept.
  return text.replace(
    /"(?:\\.|[^"\\\n])*"|\/\*[^]*?\*\/|\/\/.*$/gm,
    (match) => match.startsWith("/") ? "" : match,
  );
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
}

function folderOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

function rank(folder: string): number {
  return ORDER.findIndex((row) => row.includes(folder));
}

function runsEverywhere(folder: string | undefined): boolean {
  return folder !== undefined && EVERYWHERE.includes(folder);
}

/** The TypeScript files of the project. */
export function projectSources(): Sources {
  const sources = new Map<string, string>();
  const add = (path: string) => sources.set(path, Deno.readTextFileSync(path));
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (name.startsWith(".")) continue;
      if (isDirectory) walk(join(folder, name));
      else if (name.endsWith(".ts")) add(join(folder, name));
    }
  };
  add("mod.ts");
  for (const folder of ["lib", "scripts", "tests"]) walk(folder);
  return sources;
}
