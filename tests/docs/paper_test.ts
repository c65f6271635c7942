import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const page = Deno.readTextFileSync(new URL("docs/paper.md", ROOT));

/** The rows of the page's tables by their first cell. */
const rows = new Map(
  page.split("\n").filter((line) => /^\| (Eq\.|Section|Table|Figure) /.test(line)).map((line) => {
    const [first = "", ...cells] = line.split("|").slice(1, -1).map((cell) => cell.trim());
    return [first, cells.join(" ")];
  }),
);

const read = (path: string) => Deno.readTextFileSync(new URL(path, new URL("docs/", ROOT)));

Deno.test("docs/paper.md has every equation, section, table and figure of the paper", () => {
  const numbered = (what: string, numbers: readonly (string | number)[]) =>
    numbers.map((n) => `${what} ${n}`);
  assertEquals(
    [...rows.keys()].toSorted(),
    [
      ...numbered("Eq.", [1, 2, 3, 4, 5, 6].map((n) => `(${n})`)),
      ...numbered("Section", [1, 2, "3.1", "3.2", "3.3", "4.1", "4.2", "4.3", "4.4", 5]),
      ...numbered("Table", [1, 2, 3, 4]),
      ...numbered("Figure", [1, 2, 3, 4]),
    ].toSorted(),
  );
});

Deno.test("every row of docs/paper.md names something, in a file that holds it", () => {
  for (const [part, cells] of rows) {
    const links = [...cells.matchAll(/\[(.*?)\]\((.*?)\)/g)];
    assert(links.length > 0, `${part} names no file`);
    for (const [, words = "", path = ""] of links) {
      const text = read(path), name = /^`(\w+)`$/.exec(words)?.[1];
      if (name === undefined) continue;
      const declared = new RegExp(String.raw`^export (async )?(function|const) ${name}\b`, "m");
      assert(declared.test(text), `${part}: ${path} does not export ${name}`);
    }
  }
});

Deno.test("every command of docs/paper.md is a task", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const named = [...page.matchAll(/`deno task ([\w:]+)`/g)].map(([, task]) => task!);
  assertEquals(named.filter((task) => !(task in tasks)), []);
  assertEquals(new Set(named).size, 8);
});

function* sources(folder: URL): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield [name, Deno.readTextFileSync(new URL(name, folder))];
  }
}

Deno.test("an equation without another paper's name is this paper's", () => {
  // Rooms in which the paper has equations, and the course on it; elsewhere an equation is another paper's, and says whose.
  const OURS = /^(transform|losses|defenses|experiments|course)$/;
  const lib = new URL("lib/", ROOT), unnamed: string[] = [];
  for (const { name: room } of Deno.readDirSync(lib)) {
    if (OURS.test(room)) continue;
    for (const [file, text] of sources(new URL(`${room}/`, lib))) {
      for (const [line] of text.matchAll(/^.*\bEq\. ?\(.*$/gm)) {
        if (!/et al\., Eq\./.test(line)) unnamed.push(`${room}/${file}: ${line.trim()}`);
      }
    }
  }
  assertEquals(unnamed, []);
});
