import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fromFloat16, toFloat16 } from "../../lib/networks/_float16.ts";

/** A second implementation: the platform's own view. */
function platform(value: number): number {
  const view = new DataView(new ArrayBuffer(2));
  view.setFloat16(0, value);
  return view.getUint16(0);
}

Deno.test("fromFloat16() and toFloat16() agree with the platform on all 65536 numbers", () => {
  const view = new DataView(new ArrayBuffer(2));
  for (let bits = 0; bits < 65536; bits++) {
    view.setUint16(0, bits);
    const value = view.getFloat16(0);
    assertEquals(fromFloat16(bits), value);
    if (!Number.isNaN(value)) assertEquals(toFloat16(value), bits);
  }
});

Deno.test("toFloat16() rounds every float32 as the platform does", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => toFloat16(value) === platform(value)),
    { numRuns: 5000, seed: 1 },
  );
  const smaller = fc.float({ min: -65536, max: 65536, noNaN: true });
  fc.assert(fc.property(smaller, (value) => toFloat16(value) === platform(value)), {
    numRuns: 5000,
    seed: 2,
  });
});

Deno.test("toFloat16() rounds ties to even, among subnormal numbers too", () => {
  for (const exponent of [-24, -20, -14, -3, 0, 5]) {
    for (const step of [0, 1, 2, 3, 5, 1022]) {
      const place = 2 ** Math.max(-24, exponent - 10), tie = 2 ** exponent + (step + 0.5) * place;
      const lower = Math.floor(tie / place), even = lower % 2 === 0 ? lower : lower + 1;
      assertEquals(fromFloat16(toFloat16(tie)), even * place);
    }
  }
});

Deno.test("toFloat16() makes infinity of what is nearer to it, and keeps NaN and the sign of zero", () => {
  assertEquals(fromFloat16(toFloat16(65519)), 65504);
  assertEquals(fromFloat16(toFloat16(65520)), Infinity);
  assertEquals(fromFloat16(toFloat16(-1e9)), -Infinity);
  assertEquals(fromFloat16(toFloat16(NaN)), NaN);
  assertEquals(fromFloat16(toFloat16(-0)), -0);
});
