import { assert, assertEquals, assertMatch } from "@std/assert";
import { tf } from "@gcln/kit/tensor";
import { failing, type Tried } from "../../scripts/conformance/programs/failing.ts";
import { drawProgram } from "../../scripts/conformance/programs/draw.ts";
import { source } from "../../scripts/conformance/programs/program.ts";
import { hidden } from "../../scripts/conformance/programs/special.ts";
import { present } from "../tensor/_backends.ts";

const engines = await present("wasm", "tensorflow");

/** How many programs: more by `deno task conformance --programs=5000 --seed=7`. */
const PROGRAMS = 300;

Deno.test(`${PROGRAMS} random programs give on wasm and native, compiled or not, what they give on plain cpu`, async () => {
  const tried: Tried = { programs: 0, compared: 0, loose: 0 };
  for await (
    const { seed, message, source } of failing({ from: 0, programs: PROGRAMS, engines, tried })
  ) {
    throw new Error(`Program ${seed}, ${message}\n${source}`);
  }
  assert(
    tried.loose < tried.compared / 10,
    `${tried.loose} outputs of ${tried.compared} could not be compared`,
  );
});

for (const engine of engines) {
  Deno.test(`random programs on ${engine} have NaN compiled where they have it not compiled`, async () => {
    for (let seed = 1300; seed < 1400; seed++) { // two of them fail where a graph's ReLU hides NaN
      await tf.setBackend("cpu");
      const program = drawProgram(seed);
      // In a graph oneDNN's softmax leaves one NaN in a row of them.
      if (engine === "tensorflow" && /softmax/i.test(source(program, engine))) continue;
      const found = await hidden(program, engine);
      assertEquals(found, undefined, `Program ${seed}\n${source(program, engine)}`);
    }
  });
}

Deno.test("a program is the same for the same seed", async () => {
  await tf.setBackend("cpu");
  assertEquals(drawProgram(7), drawProgram(7));
});

Deno.test("a wrong kernel is found, and the program is shrunk to it", async () => {
  const kernel = tf.getKernel("Square", "wasm") as unknown as { kernelFunc: (given: unknown) => unknown };
  const right = kernel.kernelFunc;
  kernel.kernelFunc = (given) => {
    const result = right(given) as tf.TensorInfo;
    (tf.backend() as unknown as { typedArrayFromHeap(info: tf.TensorInfo): Float32Array }).typedArrayFromHeap(
      result,
    )[0]! += 1;
    return result;
  };
  try {
    const trial = failing({ from: 0, programs: 100, engines: ["wasm"] });
    const { value } = await trial.next();
    assert(value, "nothing was found");
    assertMatch(value.message, /^eager: output 0, place 0 is /);
    assertEquals(value.program.lines.length, 1);
    assertMatch(value.source, /tf\.square/);
  } finally {
    kernel.kernelFunc = right;
  }
});
