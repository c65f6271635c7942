import { assertEquals } from "@std/assert";
import { ownProblems } from "../../scripts/check_docs.ts";

function problem(kind: string, what: string, file: string): string {
  return `error[${kind}]: ${what}\n --> /home/me/kit/${file}:5:12\n  | \n5 |   readonly a: A;\n  |            ^\n\n\n`;
}

Deno.test("ownProblems() leaves out what is TensorFlow.js's, and nothing else", () => {
  const said = [
    problem("missing-jsdoc", "exported symbol is missing JSDoc documentation", "lib/data/dataset.ts"),
    problem("missing-jsdoc", "exported symbol", "node_modules/.deno/@tensorflow+tfjs-core@4/dist/base.d.ts"),
    problem(
      "private-type-ref",
      "public type 'uniform' references private type 'ShapeMap'",
      "lib/tensor/seed.ts",
    ),
    problem("missing-jsdoc", "exported symbol is missing JSDoc documentation", "lib/tensor/tf.ts"),
    problem("private-type-ref", "public type 'f' references private type 'Tensors'", "lib/tensor/seed.ts"),
    "error: Found 5 documentation lint errors.\n",
  ].join("");
  assertEquals(ownProblems(said).map((text) => text.split("\n")[0]), [
    "error[missing-jsdoc]: exported symbol is missing JSDoc documentation",
    "error[private-type-ref]: public type 'f' references private type 'Tensors'",
  ]);
});
