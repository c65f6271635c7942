import { assertEquals } from "@std/assert";
import { brokenRules, knownProblems, projectSources } from "../../scripts/check_imports.ts";
import { circles } from "../../scripts/check_imports/circles.ts";
import { wrongNames } from "../../scripts/check_imports/names.ts";
import { wrongImports } from "../../scripts/check_imports/rooms.ts";
import {
  declaredBy,
  importsOf,
  listedBy,
  type Sources,
  starsOf,
} from "../../scripts/check_imports/source.ts";

/** What a rule finds wrong with files that are not there. */
function wrong(files: Readonly<Record<string, string>>, rule: (sources: Sources) => string[] = brokenRules) {
  return rule(new Map(Object.entries(files)));
}

Deno.test("the kit keeps its own rules, but for the known problems", () => {
  const found = brokenRules(projectSources());
  assertEquals(found.filter((line) => !knownProblems.some((part) => line.includes(part))), []);
});

Deno.test("every known problem is still one", () => {
  const found = brokenRules(projectSources());
  assertEquals(knownProblems.filter((part) => !found.some((line) => line.includes(part))), []);
});

Deno.test("wrongImports() finds an import against the order", () => {
  const imports = (from: string, to: string) => wrong({ [from]: `import { a } from "${to}";` }, wrongImports);
  assertEquals(imports("lib/attacks/pgd.ts", "../networks/mod.ts"), [
    "lib/attacks/pgd.ts: lib/attacks must not import lib/networks",
  ]);
  assertEquals(imports("lib/tensor/a.ts", "../data/mod.ts").length, 1);
  assertEquals(imports("lib/files/a.ts", "../tensor/mod.ts").length, 1);
  assertEquals(imports("lib/training/a.ts", "../defenses/mod.ts").length, 1);
  assertEquals(imports("lib/report/a.ts", "../experiments/mod.ts").length, 2);
  assertEquals(imports("lib/experiments/a.ts", "../report/mod.ts").length, 1);
  assertEquals(imports("lib/new/a.ts", "../attacks/mod.ts"), [
    "lib/new/a.ts: lib/new has no place in the order of lib's folders yet",
  ]);
  assertEquals(imports("lib/defenses/a.ts", "../training/mod.ts"), []);
  assertEquals(imports("lib/training/a.ts", "../attacks/mod.ts"), []);
  assertEquals(imports("lib/tensor/a.ts", "../kinds/mod.ts"), []);
  assertEquals(imports("lib/evaluation/a/b.ts", "../../files/mod.ts"), []);
});

Deno.test("wrongImports() lets lib/tensor alone start engines, and engines take TensorFlow.js alone", () => {
  assertEquals(wrong({ "lib/tensor/a.ts": 'await import("../engines/wasm.ts");' }), []);
  assertEquals(wrong({ "lib/engines/wasm.ts": 'import { tf } from "../tensor/tf.ts";' }), []);
  assertEquals(wrong({ "lib/engines/wasm.ts": 'import type { A } from "../tensor/compile.ts";' }), []);
  assertEquals(wrong({ "lib/engines/wasm.ts": 'import { a } from "../tensor/compile.ts";' }), [
    "lib/engines/wasm.ts: lib/engines takes TensorFlow.js and types from lib/tensor, not lib/tensor/compile.ts",
  ]);
  assertEquals(wrong({ "lib/attacks/a.ts": 'import { start } from "../engines/wasm.ts";' }), [
    "lib/attacks/a.ts: lib/attacks must not import lib/engines: only lib/tensor does",
  ]);
  assertEquals(wrong({ "lib/engines/a.ts": 'import { a } from "../data/mod.ts";' }).length, 1);
});

Deno.test("wrongImports() finds what goes past a folder's mod.ts or takes what is private", () => {
  const files = {
    "lib/losses/mod.ts": "",
    "lib/losses/dlr.ts": "",
    "lib/losses/game/mod.ts": "",
    "lib/losses/game/eq3.ts": "",
    "lib/losses/_selected_logits.ts": "",
  };
  const found = (path: string, specifier: string) =>
    wrong({ ...files, [path]: `import { a } from "${specifier}";` }, wrongImports);
  assertEquals(found("lib/attacks/a.ts", "../losses/mod.ts"), []);
  assertEquals(found("lib/attacks/a.ts", "../losses/dlr.ts"), [
    "lib/attacks/a.ts: imports lib/losses/dlr.ts, which is private: take what lib/losses/mod.ts lists",
  ]);
  assertEquals(found("lib/attacks/a.ts", "../losses/game/mod.ts").length, 1);
  assertEquals(found("lib/losses/a.ts", "./game/mod.ts"), []);
  assertEquals(found("lib/losses/a.ts", "./game/eq3.ts").length, 1);
  assertEquals(found("lib/losses/game/a.ts", "./eq3.ts"), []);
  assertEquals(found("lib/losses/game/a.ts", "../_selected_logits.ts"), []);
  assertEquals(found("scripts/a.ts", "../lib/losses/dlr.ts").length, 1);
  assertEquals(found("scripts/a.ts", "../lib/losses/mod.ts"), []);
  assertEquals(found("tests/losses/a_test.ts", "../../lib/losses/_selected_logits.ts"), []);
  assertEquals(wrong({ "lib/report/site/a.ts": 'import { a } from "../page/_b.ts";' }, wrongImports), [
    "lib/report/site/a.ts: imports lib/report/page/_b.ts, which is private: take what lib/report/page lists",
  ]);
});

Deno.test("wrongImports() finds who imports a stand-in for a JSR package", () => {
  const imports = (path: string, specifier: string) =>
    wrong({ [path]: `import { a } from "${specifier}";` }, wrongImports);
  assertEquals(imports("scripts/bench.ts", "./setup/stand_ins/cli/mod.ts").length, 1);
  assertEquals(imports("scripts/bench.ts", "@std/cli/parse-args"), []);
  assertEquals(imports("scripts/setup/stand_ins/cli/mod.ts", "./parse_args.ts"), []);
});

Deno.test("wrongImports() allows lib/report the types of results and nothing else of theirs", () => {
  assertEquals(wrong({ "lib/report/a.ts": 'import type { Result } from "../evaluation/mod.ts";' }), []);
  assertEquals(wrong({ "lib/report/a.ts": 'import { type Result } from "../evaluation/mod.ts";' }), []);
  assertEquals(wrong({ "lib/report/a.ts": 'import { measure } from "../evaluation/mod.ts";' }).length, 1);
  assertEquals(wrong({ "lib/report/a.ts": 'import { pgd } from "../attacks/mod.ts";' }).length, 1);
});

Deno.test("wrongImports() keeps TensorFlow.js behind its door", () => {
  assertEquals(wrong({ "lib/data/a.ts": 'import * as tf from "@tensorflow/tfjs-core";' }).length, 1);
  assertEquals(wrong({ "lib/data/a.ts": 'const tf = await import("@tensorflow/tfjs-core");' }).length, 1);
  assertEquals(wrong({ "lib/tensor/tf.ts": 'export * as tf from "@tensorflow/tfjs-core";' }), []);
  assertEquals(wrong({ "lib/engines/wasm.ts": 'import "@tensorflow/tfjs-backend-wasm";' }), []);
});

Deno.test("wrongImports() keeps Deno, Node and files out of what runs in browsers", () => {
  assertEquals(wrong({ "lib/attacks/a.ts": "const home = Deno.env.get('HOME');" }).length, 1);
  assertEquals(wrong({ "lib/attacks/a.ts": 'import { join } from "node:path";' }).length, 1);
  assertEquals(wrong({ "lib/attacks/a.ts": 'import { cacheFolder } from "../files/mod.ts";' }).length, 1);
  assertEquals(wrong({ "lib/attacks/a.ts": "/** Deno.env is not used. */\n// nor process.env" }), []);
  assertEquals(wrong({ "lib/data/a.ts": "Deno.readFileSync('a');" }), []);
  assertEquals(wrong({ "lib/engines/a.ts": "Deno.readFileSync('a');" }), []);
  assertEquals(wrong({ "lib/tensor/backend.ts": 'globalThis.Deno?.env.get("GCLN_BACKEND");' }), []);
});

Deno.test("circles() finds circles inside a folder and across folders, those of types too", () => {
  const files = {
    "lib/a/x.ts": 'import { y } from "./y.ts";',
    "lib/a/y.ts": 'import { z } from "../b/z.ts";',
    "lib/b/z.ts": 'import type { X } from "../a/x.ts";',
    "lib/b/end.ts": 'import { y } from "../a/y.ts";',
  };
  assertEquals(wrong(files, circles), [
    "imports go in a circle: lib/a/x.ts -> lib/a/y.ts -> lib/b/z.ts -> lib/a/x.ts",
  ]);
  assertEquals(wrong({ ...files, "lib/b/z.ts": "" }, circles), []);
  assertEquals(wrong({ "lib/a/x.ts": 'export { x } from "./x.ts";' }, circles).length, 1);
  assertEquals(wrong({ "lib/a/x.ts": 'import { y } from "./not_there.ts";' }, circles), []);
});

Deno.test("wrongNames() finds default exports, bad names of files and Math.random", () => {
  assertEquals(wrong({ "scripts/a.ts": "export default 1;" }).length, 1);
  assertEquals(wrong({ "scripts/someThing.ts": "" }).length, 1);
  assertEquals(wrong({ "scripts/utils.ts": "" }).length, 1);
  assertEquals(wrong({ "tests/a_test.ts": "const x = Math.random();" }).length, 1);
});

Deno.test("wrongNames() allows export * in a folder's mod.ts alone, of single files of that folder", () => {
  const stars = (path: string, specifier: string) =>
    wrong({ [path]: `export * from "${specifier}";` }, wrongNames);
  assertEquals(stars("lib/losses/mod.ts", "./dlr.ts"), []);
  assertEquals(stars("lib/losses/mod.ts", "./game/eq3.ts"), []);
  assertEquals(stars("lib/losses/mod.ts", "./game/mod.ts"), [
    "lib/losses/mod.ts: exports all of ./game/mod.ts: list the names",
  ]);
  assertEquals(stars("lib/losses/mod.ts", "../tensor/images.ts").length, 1);
  assertEquals(stars("lib/losses/dlr.ts", "./margin.ts").length, 1);
  assertEquals(stars("mod.ts", "./lib/losses/mod.ts").length, 1);
  assertEquals(wrong({ "mod.ts": 'export { dlr } from "./lib/losses/mod.ts";' }, wrongNames), []);
});

Deno.test("wrongNames() finds a public name that has another meaning anywhere in lib", () => {
  const files = {
    "lib/a/fold.ts": "export function fold(x: string): string;\nexport function fold(x: number): number;",
    "lib/b/page.ts": "export const fold = 1;",
    "lib/b/mod.ts": 'export { fold } from "./page.ts";',
  };
  assertEquals(wrong(files, wrongNames), [
    "fold: is the name of different things in lib/a/fold.ts, lib/b/page.ts",
  ]);
  assertEquals(wrong({ ...files, "lib/b/mod.ts": 'export * from "./page.ts";' }, wrongNames).length, 1);
  assertEquals(wrong({ ...files, "lib/b/page.ts": "const fold = 1; // export const fold" }, wrongNames), []);
});

Deno.test("wrongNames() finds a private name that has two meanings in one folder, engines apart", () => {
  const part = "export interface Part {}";
  assertEquals(wrong({ "lib/a/x.ts": part, "lib/a/b/y.ts": part }, wrongNames).length, 1);
  assertEquals(wrong({ "lib/a/x.ts": part, "lib/b/y.ts": part }, wrongNames), []);
  assertEquals(wrong({ "lib/engines/a.ts": part, "lib/engines/b.ts": part }, wrongNames), []);
});

Deno.test("importsOf() reads statements of several lines, and not what strings or comments say", () => {
  const code =
    'import {\n  type A,\n  b,\n} from "./a.ts";\nimport type { C } from "./c.ts";\nimport "./d.ts";\n' +
    'const text = "export nothing";\nconst e = await import("./e.ts");';
  assertEquals(importsOf(code), [
    { specifier: "./a.ts", typeOnly: false },
    { specifier: "./c.ts", typeOnly: true },
    { specifier: "./d.ts", typeOnly: false },
    { specifier: "./e.ts", typeOnly: false },
  ]);
});

Deno.test("declaredBy(), listedBy() and starsOf() read what a module exports", () => {
  const code = "export async function a() {}\nexport abstract class B {}\nexport interface C {}\n" +
    'export type D = C;\nexport const e: D = {};\nconst hidden = 1;\nexport * from "./f.ts";\n' +
    'export * as tf from "g";\nexport { h } from "./h.ts";';
  assertEquals([...declaredBy(code)], ["a", "B", "C", "D", "e"]);
  assertEquals(listedBy('export { a, type B, c as d } from "./x.ts";\nexport type { E } from "./e.ts";'), [
    "a",
    "B",
    "d",
    "E",
  ]);
  assertEquals(starsOf(code), ["./f.ts"]);
});
