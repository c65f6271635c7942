/** The loops that the wasm backend computes with, in WebAssembly: what {@link assemble} makes a module of. */
import { define, type Definition, get, int, memory, vector } from "./assembler.ts";
import { OUTER_PRODUCTS } from "./jobs/outer_products.ts";
import { PRODUCTS } from "./jobs/products.ts";
import { blend, moments } from "./kernels/batch_norm.ts";
import { singles } from "./kernels/elementwise.ts";
import type { MultiplyAdd } from "./kernels/loops.ts";
import { outerProducts, total } from "./kernels/outer_products.ts";
import { product } from "./kernels/product.ts";
import { rules, transform } from "./kernels/transforms.ts";
import { ties } from "./kernels/ties.ts";
import { tilesIn, tilesOut } from "./kernels/winograd.ts";
import { filtersIn, filtersOut } from "./kernels/winograd_filters.ts";
import { INNER, TILE } from "./sizes.ts";

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
    total,
    pixelsOfTiles: tilesIn(TILE, transform(rules.pixels, multiplyAdd)),
    slopesOfTiles: tilesIn(INNER, transform(rules.slopes, multiplyAdd)),
    tilesOut: tilesOut(transform(rules.outputs, multiplyAdd)),
    filtersIn: filtersIn(transform(rules.taps, multiplyAdd)),
    filtersOut: filtersOut(transform(rules.sums, multiplyAdd)),
    deviations: moments("deviations", multiplyAdd),
    slopes: moments("dy", multiplyAdd),
    blend: blend(multiplyAdd),
    ...singles,
    copy: define(
      ["to", "from", "bytes"],
      ({ to, from, bytes }) => memory.copy(get(to), get(from), get(bytes)),
    ),
    ties,
    read: define(["from"], ({ from }) => int.load(get(from)), "returns"),
    clear: define(["to", "bytes"], ({ to, bytes }) => memory.clear(get(to), get(bytes))),
  };
}
