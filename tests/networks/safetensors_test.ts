import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  readMetadata,
  readSafetensors,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "@gcln/kit/networks";
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

const raw = (type: string, values: ArrayBufferView & { length: number }) =>
  file({ w: slot([values.length], 0, values.byteLength, type) }, new Uint8Array(values.buffer));

Deno.test("readSafetensors() rounds float64 to float32, and refuses what is too large", async () => {
  const { w } = readSafetensors(raw("F64", Float64Array.of(1, 0.1, -Infinity, NaN, 1e-300, 3.4e38)));
  assertEquals(w!.dtype, "float32");
  assertEquals([...await w!.data()], [1, 0.1, -Infinity, NaN, 1e-300, 3.4e38].map(Math.fround));
  assertThrows(
    () => readSafetensors(raw("F64", Float64Array.of(1, 1e39))),
    RangeError,
    "Cannot read w: 1e+39 is too large for float32",
  );
});

Deno.test("readSafetensors() reads whole numbers of every type exactly, as int32 where they fit", async () => {
  const low = -(2 ** 31), high = 2 ** 31 - 1;
  const cases: [string, ArrayBufferView & { length: number }, string, number[]][] = [
    ["I8", Int8Array.of(-128, 127), "int32", [-128, 127]],
    ["U8", Uint8Array.of(0, 255), "int32", [0, 255]],
    ["I16", Int16Array.of(-32768, 32767), "int32", [-32768, 32767]],
    ["U16", Uint16Array.of(0, 65535), "int32", [0, 65535]],
    ["I32", Int32Array.of(low, high), "int32", [low, high]],
    ["U32", Uint32Array.of(0, high), "int32", [0, high]],
    ["U32", Uint32Array.of(2 ** 31, 3), "float32", [2 ** 31, 3]],
    ["I64", BigInt64Array.of(-5n, BigInt(low)), "int32", [-5, low]],
    ["I64", BigInt64Array.of(-(2n ** 63n), 7n), "float32", [-(2 ** 63), 7]],
    ["U64", BigUint64Array.of(2n ** 40n), "float32", [2 ** 40]],
    ["BOOL", Uint8Array.of(1, 0), "bool", [1, 0]],
  ];
  for (const [type, values, dtype, expected] of cases) {
    const { w } = readSafetensors(raw(type, values));
    assertEquals([w!.dtype, [...await w!.data()]], [dtype, expected], type);
  }
});

Deno.test("readSafetensors() refuses whole numbers that neither type holds, and truth values that are none", () => {
  const before = tf.memory().numTensors;
  const refused: [Uint8Array, string][] = [
    [raw("I64", BigInt64Array.of(1n, 2n ** 40n + 1n)), "Cannot read w: 1099511627777 is exact neither"],
    [raw("U64", BigUint64Array.of(2n ** 64n - 1n)), "18446744073709551615 is exact neither"],
    [raw("U32", Uint32Array.of(2 ** 31, 2 ** 24 + 1)), "16777217 is exact neither"],
    [raw("BOOL", Uint8Array.of(1, 2)), "Cannot read w: 2 is no truth value"],
    [file({ a: slot([1], 0, 4), b: slot([1], 4, 5, "BOOL") }, Uint8Array.of(0, 0, 0, 0, 9)), "Cannot read b"],
  ];
  for (const [bytes, message] of refused) assertThrows(() => readSafetensors(bytes), RangeError, message);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("readSafetensors() leaves counters out wherever they stand", () => {
  const counter = slot([], 0, 8, "I64"), names = ["num_batches_tracked", "module.bn1.num_batches_tracked"];
  for (const name of names) assertEquals(readSafetensors(file({ [name]: counter }, 8)), {});
  assertEquals(Object.keys(readSafetensors(file({ my_num_batches_tracked: counter }, 8))).length, 1);
});

Deno.test("readSafetensors() refuses what is no bytes", () => {
  for (
    const [value, what] of [["model.safetensors", "a text"], [null, "null"], [new ArrayBuffer(8), "object"]]
  ) {
    assertThrows(
      () => readSafetensors(value as unknown as Uint8Array),
      TypeError,
      `Cannot read a safetensors file from ${what === "object" ? "a value of type object" : what}`,
    );
  }
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
    [
      "too many axes",
      file({ a: slot([1, 1, 1, 1, 1, 1, 1], 0, 4) }, 4),
      "tensors of up to 6 axes can be read",
    ],
    ["torch.save's", new TextEncoder().encode("PK\x03\x04\0\0\x08\x08\0\0"), "safetensors.torch.save_file"],
    ["an old torch.save's", Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), "torch.save"],
    ["metadata", file({ __metadata__: { a: 1 } }), "must be strings"],
  ];
  for (const [what, bytes, message] of cases) {
    assertThrows(() => readSafetensors(bytes), RangeError, message, what);
  }
  assertThrows(
    () => readSafetensors(file({ a: slot([1], 0, 1, "F8_E4M3") }, 1)),
    TypeError,
    "Cannot read a of type F8_E4M3: F64, F32, F16, BF16, I64",
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

Deno.test("readSafetensors() survives any change of a header: an error of its own, and no memory beyond the file's", () => {
  const dtype = fc.constantFrom(
    "F64",
    "F32",
    "F16",
    "BF16",
    "I64",
    "U8",
    "BOOL",
    "F8_E5M2",
    "f32",
    "__proto__",
  );
  const side = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.constantFrom(-1, 1.5, 2 ** 31, 2 ** 53, 1e300, "2", null),
  );
  const offset = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-4, 2 ** 40, 2 ** 53, 0.5, "8"));
  const changed = fc.record({
    dtype: fc.oneof(dtype, fc.jsonValue()),
    shape: fc.oneof(fc.array(side, { maxLength: 9 }), fc.jsonValue()),
    data_offsets: fc.oneof(fc.array(offset, { minLength: 1, maxLength: 3 }), fc.jsonValue()),
  }, { requiredKeys: [] });
  const name = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom("__proto__", "constructor", "__metadata__", ""),
  );
  const header = fc.dictionary(name, changed, { maxKeys: 3 });
  const size = fc.integer({ min: 0, max: 40 });
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
  const before = tf.memory();
  fc.assert(
    fc.property(header, size, flips, (header, size, flips) => {
      const bytes = file(header, size);
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      try {
        const read = readSafetensors(bytes);
        const numbers = Object.values(read).reduce((sum, { size }) => sum + size, 0);
        tf.dispose(Object.values(read));
        return numbers <= size; // a number takes a byte or more
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
        return error.message.length < 2000 && /safetensors|Cannot read|takes|take|begin/.test(error.message);
      }
    }),
    { numRuns: 3000, seed: 2 },
  );
  assertEquals(tf.memory().numTensors, before.numTensors);
});

Deno.test("writeSafetensors() refuses options that it does not know", async () => {
  const cases: [unknown, string][] = [
    [{ precision: "F16" }, '"float32" or "float16" is wanted'],
    [{ precision: "float16", meta: {} }, 'did you mean "metadata"?'],
    [{ precision: "float16", metadata: { a: 1 } }, "an object of texts is wanted"],
    [{}, "without precision"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(() => writeSafetensors({}, options as WriteSafetensorsOptions), RangeError, message);
  }
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
