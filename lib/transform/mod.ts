/**
 * The quantized nonlinear transform of §3.2: block transforms (Eq. 1), the quantizer (Eq. 2), and their chain.
 *
 * @module
 */
export { type Basis, blockTransform, inverseBlockTransform } from "./block_transform.ts";
export { dct, dctBasis, inverseDct } from "./dct.ts";
export { haar, haarBasis, inverseHaar } from "./haar.ts";
export { type Backward, quantize } from "./quantize.ts";
export { quantizedTransform, type QuantizedTransformOptions } from "./quantized_transform.ts";
export { fromYcbcr, toYcbcr } from "./ycbcr.ts";
