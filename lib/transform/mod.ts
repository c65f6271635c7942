/**
 * The quantized nonlinear transform of §3.2: block transforms (Eq. 1), the quantizer (Eq. 2), and their chain.
 *
 * @module
 */
export * from "./block_transform.ts";
export * from "./dct.ts";
export * from "./haar.ts";
export * from "./quantize.ts";
export * from "./quantized_transform.ts";
export * from "./ycbcr.ts";
