/** The loops that the wasm backend computes with, in WebAssembly: what {@link assemble} makes a module of. */
import { define, type Definition, get, memory, vector } from "./assembler.ts";
import { OUTER_PRODUCTS } from "./jobs/filter_gradient.ts";
import { PRODUCTS } from "./jobs/products.ts";
import { blend, moments } from "./kernels/batch_norm.ts";
import { singles } from "./kernels/elementwise.ts";
import type { MultiplyAdd } from "./kernels/loops.ts";
import { outerProducts } from "./kernels/outer_products.ts";
import { product } from "./kernels/product.ts";
import { tileIn, tileOut } from "./kernels/winograd.ts";

/** All kernels; `relaxed` ones round a product and a sum once, in one instruction. */
export function kernels(relaxed: boolean): Readonly<Record<string, Definition>> {
  const multiplyAdd: MultiplyAdd = relaxed ? vector.fused : (a, b, c) => vector.add(vector.multiply(a, b), c);
  return {
    ...Object.fromEntries(
      PRODUCTS.map(([rows, columns]) => [`product${rows}x${columns}`, product(rows, columns, multiplyAdd)]),
    ),
    ...Object.fromEntries(
      OUTER_PRODUCTS.map((
        [rows, columns],
      ) => [`outer${rows}x${columns}`, outerProducts(rows, columns, multiplyAdd)]),
    ),
    tileIn: tileIn(multiplyAdd),
    tileOut: tileOut(multiplyAdd),
    deviations: moments("deviations", multiplyAdd),
    slopes: moments("dy", multiplyAdd),
    blend: blend(multiplyAdd),
    ...singles,
    copy: define(
      ["to", "from", "bytes"],
      ({ to, from, bytes }) => memory.copy(get(to), get(from), get(bytes)),
    ),
    clear: define(["to", "bytes"], ({ to, bytes }) => memory.clear(get(to), get(bytes))),
  };
}
