import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = Deno.readTextFileSync(join(ROOT, "docs/engines.md"));

/** The files at a path of the project, or below it. */
function filesAt(path: string): string[] {
  if (!Deno.statSync(join(ROOT, path)).isDirectory) return [path];
  return [...Deno.readDirSync(join(ROOT, path))].flatMap(({ name }) => filesAt(join(path, name)));
}

/** The rows that count lines, under the heading of an engine's folder or file: what is counted, and the page's count. */
const rows = page.split(/^## /m).flatMap((section) => {
  const folder = /^.*`(lib\/engines\/[^`]+)`/.exec(section)?.[1];
  if (folder === undefined) return [];
  if (folder.endsWith(".ts")) return [{ files: [folder], lines: Number(/^(\d+) lines/m.exec(section)?.[1]) }];
  return [...section.matchAll(/^\|[^|]*\|([^|]*)\| +(\d+) \|/gm)].map(([, names = "", lines]) => ({
    files: [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) =>
      filesAt([join(folder, name), join("lib/engines", name)].find((path) => existsSync(join(ROOT, path)))!)
    ),
    lines: Number(lines),
  }));
});

Deno.test("docs/engines.md names every file of lib/engines once", () => {
  assertEquals(rows.flatMap(({ files }) => files).sort(), filesAt("lib/engines").sort());
});

Deno.test("docs/engines.md counts lines to a tenth", () => {
  for (const { files, lines } of rows) {
    const counted = files.map((path) => Deno.readTextFileSync(join(ROOT, path)).split("\n").length - 1);
    const sum = counted.reduce((a, b) => a + b, 0);
    assert(
      Math.abs(sum - lines) <= Math.max(5, sum / 10),
      `${files.join(", ")} have ${sum} lines, the page says ${lines}`,
    );
  }
});

Deno.test("docs/engines.md names tests that are there", () => {
  const names = [...page.matchAll(/`((?:tests\/\w+\/)?\w+_test\.ts)`/g)].map(([, name = ""]) => name);
  assert(names.length > 10);
  for (const name of names) {
    assert(
      existsSync(join(ROOT, name.includes("/") ? name : `tests/engines/${name}`)),
      `There is no ${name}`,
    );
  }
});

Deno.test("docs/engines.md links to files that are there", () => {
  for (const [, path = ""] of page.matchAll(/\]\(\.\.\/([^)]+)\)/g)) {
    assert(existsSync(join(ROOT, path)), path);
  }
});
