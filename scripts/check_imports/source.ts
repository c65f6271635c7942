/** Files by their path from the project's root. */
export type Sources = ReadonlyMap<string, string>;

/** One module that another imports or exports from. */
export interface Import {
  /** As it is written. */
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

/** The specifiers of `export * from`; a namespace (`export * as tf`) is a name and not among them. */
export function starsOf(code: string): string[] {
  return [...code.matchAll(/^\s*export\s*\*\s*from\s*["']([^"']+)["']/gm)].map(([, specifier = ""]) =>
    specifier
  );
}

/** The names that a module exports from others by name: of `a as b`, the second. */
export function listedBy(code: string): string[] {
  return [...code.matchAll(/^\s*export\s+(?:type\s+)?\{([^}]*)\}\s*from\b/gm)].flatMap(([, list = ""]) =>
    list.split(",").map((entry) => entry.trim().split(/\s+/).at(-1)!).filter(Boolean)
  );
}

/** The names that a module declares and exports, each once. */
export function declaredBy(code: string): Set<string> {
  const kinds = "function\\*?|const|let|class|abstract class|interface|type|enum";
  const declaration = new RegExp(`^export (?:declare )?(?:async )?(?:${kinds}) ([A-Za-z_$][\\w$]*)`, "gm");
  return new Set([...code.matchAll(declaration)].map(([, name = ""]) => name));
}

/** A module without its comments. */
export function withoutComments(text: string): string {
  // A string may hold "//", as addresses do: so strings are matched too, and kept.
  return text.replace(
    /"(?:\\.|[^"\\\n])*"|\/\*[^]*?\*\/|\/\/.*$/gm,
    (match) => match.startsWith("/") ? "" : match,
  );
}

/** Code with nothing between the quotes. */
export function withoutStrings(code: string): string {
  return code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
}
