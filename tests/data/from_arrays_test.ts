import { assertEquals, assertThrows } from "@std/assert";
import { type ArraysContent, fromArrays } from "@gcln/kit/data";

const content = { name: "own", split: "test" } as const;

Deno.test("fromArrays() takes bytes as they are and floats as the nearest byte", () => {
  for (
    const data of [Uint8Array.of(0, 51, 255), Float32Array.of(0, 0.2, 1), Float64Array.of(0.001, 0.2, 0.999)]
  ) {
    const own = fromArrays({ ...content, images: { shape: [3, 1, 1], data }, labels: [2, 0, 1] });
    assertEquals([own.pixels, own.shape], [Uint8Array.of(0, 51, 255), [1, 1, 1]]);
    assertEquals([[...own.labels], own.classes], [[2, 0, 1], ["0", "1", "2"]]);
  }
});

Deno.test("fromArrays() takes labels with a shape, of any whole numbers", () => {
  const images = { shape: [2, 1, 1, 3], data: new Uint8Array(6) };
  const labels = { shape: [2, 1], data: BigInt64Array.of(256n, 999n) };
  assertEquals([...fromArrays({ ...content, images, labels }).labels], [256, 999]);
  assertEquals(fromArrays({ ...content, images, labels }).shape, [1, 1, 3]);
});

Deno.test("fromArrays() says what is wrong with an array", () => {
  const of = (shape: number[], data: unknown, labels: unknown = [0, 1]) => () => {
    fromArrays({ ...content, images: { shape, data }, labels } as unknown as ArraysContent);
  };
  assertThrows(of([2, 3, 4, 4], new Uint8Array(96)), TypeError, "looks like [n, channels, height, width]");
  assertThrows(of([2, 4], new Uint8Array(8)), TypeError, "[n, h, w], [n, h, w, 1] or [n, h, w, 3] is wanted");
  assertThrows(of([2, 1, 1, 4], new Uint8Array(8)), TypeError, "its shape is [2, 1, 1, 4]");
  assertThrows(
    of([2, 1, 1], new Uint8Array(3)),
    RangeError,
    "it has 3 values, its shape [2, 1, 1] promises 2",
  );
  assertThrows(of([2, 1, 1], Int16Array.of(1, 2)), TypeError, "its type is int16; uint8, or floats");
  assertThrows(
    of([2, 1, 1], Float32Array.of(0, NaN)),
    RangeError,
    "it holds NaN; floats in [0, 1] are wanted",
  );
  assertThrows(of([2, 1, 1], Float32Array.of(0, 255)), RangeError, "divide by 255");
  assertThrows(of([2, 1, 1], [0, 1]), TypeError, "{ shape, data } with a typed array is wanted");
  assertThrows(of([2, 1, 1], new Uint8Array(2), [0, 1.5]), RangeError, "label 1.5 of image 1");
  assertThrows(
    of([2, 1, 1], new Uint8Array(2), { shape: [2, 2], data: new Uint8Array(4) }),
    TypeError,
    "argmax",
  );
});
