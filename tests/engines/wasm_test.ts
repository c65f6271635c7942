import { assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { fold, normal, tf, useBackend } from "@gcln/kit/tensor";
import { farthest } from "../tensor/_plain.ts";

const { description } = await useBackend("wasm");

Deno.test("the wasm backend says how many threads it has", () => {
  assertMatch(description, /^wasm \(\d+ threads?\)$/);
});

Deno.test("matMul on wasm is right with every transpose, for one matrix and for several", async () => {
  for (const batch of [[], [1], [3]]) {
    for (const [transposeA, transposeB] of [[false, false], [true, false], [false, true], [true, true]]) {
      const shape = (a: number, b: number, swap: boolean) =>
        [...batch, ...(swap ? [b, a] : [a, b])] as [number, number];
      const a = normal<tf.Rank.R2>(shape(4, 5, transposeA!), 0, 1, 1),
        b = normal<tf.Rank.R2>(shape(5, 3, transposeB!), 0, 1, 2);
      const swapped = (x: tf.Tensor, swap: boolean) =>
        swap ? x.transpose([...batch.map((_, i) => i), batch.length + 1, batch.length]) : x;
      const [left, right] = [swapped(a, transposeA!), swapped(b, transposeB!)];
      // a row of the left times a column of the right, spelt out
      const expected = left.expandDims(-1).mul(right.expandDims(-3)).sum(-2);
      const actual = tf.matMul(a, b, transposeA, transposeB);
      assertEquals(actual.shape, expected.shape);
      assertLess(farthest(await actual.data(), await expected.data()), 1e-5);
    }
  }
});

Deno.test("slice on wasm cuts boxes out of tensors of every rank", async () => {
  const shapes = [[7], [4, 5], [3, 4, 5], [2, 3, 4, 5], [2, 3, 2, 3, 2]];
  for (const [i, shape] of shapes.entries()) {
    const x = normal(shape as [number], 0, 1, i),
      values = await x.data(),
      strides = [...tf.util.computeStrides(shape), 1];
    for (let trial = 0; trial < 12; trial++) {
      const begin = shape.map((side, axis) => fold(trial, "begin", axis) % side);
      const size = shape.map((side, axis) => {
        const most = side - begin[axis]!;
        return trial % 3 === 0 ? most : 1 + fold(trial, "size", axis) % most;
      });
      const expected: number[] = [];
      const visit = (axis: number, at: number): void => {
        if (axis === shape.length) return void expected.push(values[at]!);
        for (let k = 0; k < size[axis]!; k++) visit(axis + 1, at + (begin[axis]! + k) * strides[axis]!);
      };
      visit(0, 0);
      const actual = tf.slice(x, begin as [number], size as [number]);
      assertEquals(actual.shape, size);
      assertEquals([...await actual.data()], expected);
    }
  }
});

Deno.test("slice on wasm keeps the type and can be empty", async () => {
  const x = tf.tensor2d([[1, 2], [3, 4]], [2, 2], "int32");
  assertEquals([tf.slice(x, [1, 0], [1, 2]).dtype, ...await tf.slice(x, [1, 0], [1, 2]).data()], [
    "int32",
    3,
    4,
  ]);
  assertEquals((await tf.slice(x, [0, 0], [0, 2]).data()).length, 0);
});

Deno.test("tile on wasm repeats tensors of every rank and type along each axis", async () => {
  for (const dtype of ["float32", "int32", "bool"] as const) {
    for (const [seed, shape] of [[], [3], [4, 5], [3, 1, 5], [1, 1, 1, 1], [2, 3, 2, 3]].entries()) {
      const x = normal(shape as [number], 0, 2, seed).cast(dtype), values = await x.data();
      for (let trial = 0; trial < 5; trial++) {
        const reps = shape.map((_, axis) => fold(trial, seed, axis) % 4);
        const sides = shape.map((side, axis) => side * reps[axis]!);
        const [own, all] = [shape, sides].map((sizes) => [...tf.util.computeStrides(sizes), 1]);
        // The place in x of each number of the result, axis by axis.
        const expected = Array.from(
          { length: tf.util.sizeFromShape(sides) },
          (_, i) =>
            values[
              shape.reduce(
                (at, side, axis) => at + Math.floor(i / all![axis]!) % sides[axis]! % side * own![axis]!,
                0,
              )
            ]!,
        );
        const actual = tf.tile(x, reps);
        assertEquals([actual.shape, actual.dtype], [sides, dtype]);
        assertEquals([...await actual.data()], expected);
      }
    }
  }
});

Deno.test("gather on wasm takes what the indices name along any axis, and for each of several batches its own", async () => {
  const shapes = [[7], [4, 5], [3, 4, 5], [2, 3, 4, 5]];
  for (const [seed, shape] of shapes.entries()) {
    const x = normal(shape as [number], 0, 1, seed), values = await x.data();
    for (let axis = 0; axis < shape.length; axis++) {
      for (let batchDims = 0; batchDims <= axis; batchDims++) {
        const side = shape[axis]!, own = [...shape.slice(0, batchDims), 2, 3];
        const places = Array.from(
          { length: tf.util.sizeFromShape(own) },
          (_, i) => fold(i, seed, axis) % side,
        );
        const actual = tf.gather(x, tf.tensor(places, own, "int32"), axis, batchDims);
        // Where an element is, in four coordinates: the batch, what lies before the axis, the axis, what follows it.
        const [batches, before, after] = [
          shape.slice(0, batchDims),
          shape.slice(batchDims, axis),
          shape.slice(axis + 1),
        ].map(tf.util.sizeFromShape) as [number, number, number];
        const expected: number[] = [];
        for (let b = 0; b < batches; b++) {
          for (let o = 0; o < before; o++) {
            for (const place of places.slice(6 * b, 6 * b + 6)) {
              for (let s = 0; s < after; s++) {
                expected.push(values[((b * before + o) * side + place) * after + s]!);
              }
            }
          }
        }
        assertEquals(actual.shape, [...shape.slice(0, axis), 2, 3, ...shape.slice(axis + 1)]);
        assertEquals([...await actual.data()], expected, `${shape}, axis ${axis}, ${batchDims} of batches`);
      }
    }
  }
});

Deno.test("gather on wasm keeps the type, can be empty, and refuses what is not there", async () => {
  const x = tf.tensor2d([[1, 2], [3, 4]], [2, 2], "int32"),
    at = (...places: number[]) => tf.tensor1d(places, "int32");
  const rows = x.gather(at(1, 0, 1));
  assertEquals([rows.dtype, ...await rows.data()], ["int32", 3, 4, 1, 2, 3, 4]);
  assertEquals([x.gather(at()).shape, (await x.gather(at()).data()).length], [[0, 2], 0]);
  assertEquals([...await x.equal(2).gather(at(1, 0), 1).data()], [1, 0, 0, 0]);
  for (const wrong of [2, -1]) {
    assertThrows(
      () => x.gather(at(0, wrong)),
      RangeError,
      `GatherV2: the index value ${wrong} is not in [0, 1]`,
    );
  }
});

Deno.test("a clone on wasm outlives what it was made of, and the memory goes with the last one", async () => {
  const x = tf.tensor1d([1, 2, 3]), before = tf.memory().numDataBuffers;
  const copy = x.clone(), cast = x.cast("float32");
  assertEquals(tf.memory().numDataBuffers, before);
  x.dispose();
  assertEquals([...await copy.data()], [1, 2, 3]);
  copy.dispose();
  assertEquals([...await cast.data()], [1, 2, 3]);
  cast.dispose();
  assertEquals(tf.memory().numDataBuffers, before - 1);
});

Deno.test("cast on wasm changes types", async () => {
  assertEquals([...await tf.tensor1d([-1.7, 0, 2.9]).cast("int32").data()], [-1, 0, 2]);
  assertEquals([...await tf.tensor1d([0, 1], "bool").cast("float32").data()], [0, 1]);
});

Deno.test("kernels that wasm lacks run by way of plain JavaScript, without a tensor left behind", async () => {
  const x = normal<tf.Rank.R2>([4, 3], 0, 1, 1), rows = tf.tensor1d([2, 0, 2], "int32");
  const before = tf.memory();
  // The gradient of gather needs UnsortedSegmentSum.
  const slope = tf.tidy(() => tf.grad((x) => x.gather(rows).sum())(x).sum(1));
  assertEquals([...await slope.data()], [3, 0, 6, 0]);
  slope.dispose();
  assertEquals(tf.memory().numDataBuffers, before.numDataBuffers);
});

Deno.test("the heap of wasm does not grow by taking gradients again and again", async () => {
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const x = normal<tf.Rank.R4>([4, 16, 16, 8], 0, 1, 1), filter = normal<tf.Rank.R4>([3, 3, 8, 8], 0, 1, 2);
  const step = () =>
    tf.tidy(() =>
      tf.grads((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same").square().sum())([
        x,
        filter,
      ])
    )
      .forEach((gradient) => gradient.dispose());
  for (let i = 0; i < 5; i++) step();
  const before = wasm.HEAPU8.byteLength;
  for (let i = 0; i < 200; i++) step();
  await x.data();
  assertEquals(wasm.HEAPU8.byteLength, before);
});

Deno.test("wasm refuses what its memory does not hold, and goes on", async () => {
  const backend = tf.backend() as unknown as {
    makeOutput(shape: number[], dtype: string): { dataId: object };
    disposeData(dataId: object): boolean;
  };
  const held: { dataId: object }[] = [];
  assertThrows(
    () => {
      for (let i = 0; i < 5; i++) held.push(backend.makeOutput([2 ** 28 - 1024], "float32"));
    },
    RangeError,
    "Cannot take 1073737728 bytes more on wasm",
  );
  for (const { dataId } of held) backend.disposeData(dataId);
  assertEquals([...await tf.tensor1d([1, 2]).add(1).data()], [2, 3]);
});
