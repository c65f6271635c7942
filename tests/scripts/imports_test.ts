import { assertEquals } from "@std/assert";
import { brokenRules, importsOf, projectSources } from "../../scripts/check_imports.ts";

/** What is wrong with files that are not there. */
function wrong(files: Readonly<Record<string, string>>): string[] {
  return brokenRules(new Map(Object.entries(files)));
}

Deno.test("the kit keeps its own rules of imports", () => {
  assertEquals(brokenRules(projectSources()), []);
});

Deno.test("brokenRules() finds an import against the order", () => {
  assertEquals(wrong({ "lib/attacks/pgd.ts": 'import { resnet } from "../networks/mod.ts";' }), [
    "lib/attacks/pgd.ts: lib/attacks must not import lib/networks",
  ]);
  assertEquals(wrong({ "lib/tensor/a.ts": 'export * from "../data/mod.ts";' }).length, 1);
  assertEquals(wrong({ "lib/tensor/a.ts": 'await import("../engines/wasm.ts");' }), []);
  assertEquals(wrong({ "lib/engines/wasm.ts": 'import { tf } from "../tensor/tf.ts";' }), []);
  assertEquals(wrong({ "lib/attacks/a.ts": 'import { start } from "../engines/wasm.ts";' }).length, 1);
  assertEquals(wrong({ "lib/files/a.ts": 'import { tf } from "../tensor/mod.ts";' }).length, 1);
  assertEquals(wrong({ "lib/training/a.ts": 'import { pgd } from "../attacks/mod.ts";' }), []);
});

Deno.test("brokenRules() allows lib/report the types of results and nothing else of theirs", () => {
  assertEquals(wrong({ "lib/report/a.ts": 'import type { Result } from "../evaluation/mod.ts";' }), []);
  assertEquals(wrong({ "lib/report/a.ts": 'import { type Result } from "../evaluation/mod.ts";' }), []);
  assertEquals(wrong({ "lib/report/a.ts": 'import { measure } from "../evaluation/mod.ts";' }).length, 1);
  assertEquals(wrong({ "lib/report/a.ts": 'import { pgd } from "../attacks/mod.ts";' }).length, 1);
});

Deno.test("brokenRules() keeps TensorFlow.js behind its door", () => {
  assertEquals(wrong({ "lib/data/a.ts": 'import * as tf from "@tensorflow/tfjs-core";' }).length, 1);
  assertEquals(wrong({ "lib/data/a.ts": 'const tf = await import("@tensorflow/tfjs-core");' }).length, 1);
  assertEquals(wrong({ "lib/tensor/tf.ts": 'export * as tf from "@tensorflow/tfjs-core";' }), []);
});

Deno.test("brokenRules() keeps Deno and Node out of what runs in browsers", () => {
  assertEquals(wrong({ "lib/attacks/a.ts": "const home = Deno.env.get('HOME');" }).length, 1);
  assertEquals(wrong({ "lib/attacks/a.ts": 'import { join } from "node:path";' }).length, 1);
  assertEquals(wrong({ "lib/attacks/a.ts": "/** Deno.env is not used. */\n// nor process.env" }), []);
  assertEquals(wrong({ "lib/data/a.ts": "Deno.readFileSync('a');" }), []);
  assertEquals(wrong({ "lib/engines/a.ts": "Deno.readFileSync('a');" }), []);
  assertEquals(wrong({ "lib/tensor/backend.ts": 'globalThis.Deno?.env.get("GCLN_BACKEND");' }), []);
});

Deno.test("brokenRules() finds default exports, bad names and Math.random", () => {
  assertEquals(wrong({ "scripts/a.ts": "export default 1;" }).length, 1);
  assertEquals(wrong({ "scripts/someThing.ts": "" }).length, 1);
  assertEquals(wrong({ "scripts/utils.ts": "" }).length, 1);
  assertEquals(wrong({ "tests/a_test.ts": "const x = Math.random();" }).length, 1);
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
