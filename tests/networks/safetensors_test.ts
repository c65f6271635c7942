import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readMetadata, readSafetensors, writeSafetensors } from "@gcln/kit/networks";
import { type Parameters, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const contents = async (parameters: Parameters) =>
  await Promise.all(
    Object.entries(parameters).map(async ([name, tensor]) => [name, tensor.shape, [...await tensor.data()]]),
  );

/** A file with this header, as it stands, and this many bytes of data. */
function file(header: unknown, data: number | Uint8Array = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const tail = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + json.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(tail, 8 + json.length);
  return bytes;
}

const slot = (shape: number[], begin: number, end: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const name = fc.string({ maxLength: 12, unit: "grapheme" }).filter((name) => name !== "__metadata__");
const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });
const tensors = fc.uniqueArray(fc.tuple(name, shape, fc.integer({ min: 0, max: 1e6 })), {
  selector: ([name]) => name,
  maxLength: 5,
});

/** Floats of all sizes, zeros and infinities among them. */
function floats(size: number, seed: number): Float32Array {
  const [values] = fc.sample(fc.float32Array({ minLength: size, maxLength: size, noNaN: true }), {
    seed,
    numRuns: 1,
  });
  return values!;
}

Deno.test("readSafetensors() gives back what writeSafetensors() was given, bit by bit", async () => {
  await fc.assert(
    fc.asyncProperty(tensors, fc.dictionary(fc.string(), fc.string()), async (list, metadata) => {
      const parameters = Object.fromEntries(
        list.map((
          [name, shape, seed],
        ) => [name, tf.tensor(floats(tf.util.sizeFromShape(shape), seed), shape)]),
      );
      const bytes = await writeSafetensors(parameters, { precision: "float32", metadata });
      assertEquals(await contents(readSafetensors(bytes)), await contents(parameters));
      assertEquals(Object.entries(readMetadata(bytes)), Object.entries(metadata));
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("writeSafetensors() in float16 keeps what float16 can hold", async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.integer(), async (shape, seed) => {
      const values = fc.sample(fc.integer({ min: -2048, max: 2048 }), {
        seed,
        numRuns: tf.util.sizeFromShape(shape),
      });
      const parameters = { weight: tf.tensor(values.map((value) => value / 64), shape, "float32") };
      const bytes = await writeSafetensors(parameters, { precision: "float16" });
      assertEquals(await contents(readSafetensors(bytes)), await contents(parameters));
    }),
    { numRuns: 30, seed: 1 },
  );
});

Deno.test("writeSafetensors() lays kernels and dense weights out as PyTorch does", async () => {
  const kernel = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]); // [h, w, in, out]
  const bytes = await writeSafetensors({ kernel, dense: tf.tensor2d([[7, 8]]) }, { precision: "float32" });
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  assertEquals(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), {
    kernel: slot([3, 2, 1, 1], 0, 24),
    dense: slot([2, 1], 24, 32),
  });
  const data = new Float32Array(bytes.slice(8 + length).buffer);
  assertEquals([...data], [1, 4, 2, 5, 3, 6, 7, 8]);
});

Deno.test("readSafetensors() reads bfloat16, float16, scalars and empty tensors from any offset", async () => {
  const data = new Uint8Array([0x80, 0x3f, 0x00, 0xc1, 0x00, 0x3c, 0x00, 0x00, 0x20, 0x41]);
  const header = {
    tiny: slot([2], 0, 4, "BF16"),
    half: slot([], 4, 6, "F16"),
    none: slot([0], 6, 6),
    scalar: slot([], 6, 10),
  };
  const bytes = file(header, data), shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assertEquals(await contents(readSafetensors(shifted.subarray(3))), [
    ["tiny", [2], [1, -8]],
    ["half", [], [1]],
    ["none", [0], []],
    ["scalar", [], [10]],
  ]);
});

Deno.test("readSafetensors() says what is wrong with a file", () => {
  const good = file({ a: slot([2], 0, 8) }, 8);
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(0), "0 bytes"],
    ["cut in the header", good.subarray(0, 20), "Cannot read the header"],
    ["cut in the data", good.subarray(0, good.length - 1), "take 8 bytes, but 7 are there"],
    ["too long", file({ a: slot([2], 0, 8) }, 9), "take 8 bytes, but 9 are there"],
    ["an endless header", new Uint8Array(16).fill(255), "Cannot read the header"],
    ["not JSON", file("{nonsense"), "not JSON"],
    ["not UTF-8", file('{"a": "\uFFFF').map((byte) => byte === 0xef ? 0xff : byte), "not JSON"],
    ["not an object", file([]), "not a JSON object"],
    ["null", file("null"), "not a JSON object"],
    ["a slot that is none", file({ a: 3 }), "says of a 3"],
    [
      "no shape",
      file({ a: { dtype: "F32", data_offsets: [0, 0] } }),
      "dtype, shape and data_offsets are wanted",
    ],
    ["a negative side", file({ a: slot([-1, -2], 0, 8) }, 8), "dtype, shape and data_offsets are wanted"],
    ["a broken side", file({ a: slot([1.5], 0, 6) }, 6), "dtype, shape and data_offsets are wanted"],
    ["one offset", file({ a: { ...slot([2], 0, 8), data_offsets: [0] } }, 8), "data_offsets are wanted"],
    ["end before begin", file({ a: slot([2], 8, 0) }, 8), "end before"],
    ["overlap", file({ a: slot([2], 0, 8), b: slot([2], 4, 12) }, 12), "b begin at 4 where 8 was wanted"],
    ["gap", file({ a: slot([1], 0, 4), b: slot([1], 8, 12) }, 12), "b begin at 8 where 4 was wanted"],
    ["out of range", file({ a: slot([4], 0, 16) }, 8), "take 16 bytes, but 8 are there"],
    ["wrong size", file({ a: slot([3], 0, 8) }, 8), "takes 12 bytes, not 8"],
    ["metadata", file({ __metadata__: { a: 1 } }), "must be strings"],
  ];
  for (const [what, bytes, message] of cases) {
    assertThrows(() => readSafetensors(bytes), RangeError, message, what);
  }
  assertThrows(
    () => readSafetensors(file({ a: slot([1], 0, 8, "I64") }, 8)),
    TypeError,
    "Cannot read a of type I64",
  );
  assertThrows(
    () => readSafetensors(file({ a: slot([1], 0, 8, "toString") }, 8)),
    TypeError,
    "type toString",
  );
});

Deno.test("readSafetensors() throws errors of its own for any bytes, and keeps no tensor", () => {
  const before = tf.memory().numTensors;
  const header = fc.jsonValue().map((value) => file({ a: value }, 4));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), header), (bytes) => {
      try {
        tf.dispose(Object.values(readSafetensors(bytes)));
      } catch (error) {
        if (error instanceof RangeError || error instanceof TypeError) {
          return /^(Not|Cannot|The|Bytes|a ) ?/.test(error.message);
        }
        throw error;
      }
    }),
    { numRuns: 300, seed: 1 },
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("writeSafetensors() refuses what the file cannot hold", async () => {
  const float16 = { precision: "float16" } as const;
  await assertRejects(
    () => writeSafetensors({ step: tf.tensor1d([1], "int32") }, float16),
    TypeError,
    "Cannot write step of type int32",
  );
  await assertRejects(
    () => writeSafetensors({ a: tf.scalar(70000) }, float16),
    RangeError,
    "70000 is larger than 65504",
  );
  await assertRejects(
    () => writeSafetensors({ __metadata__: tf.scalar(1) }, float16),
    RangeError,
    "__metadata__",
  );
});
