import type { Logits } from "../../tensor/mod.ts";

/** The logits of each draw, by the mean that `eot` has made of them. */
export const drawsOf: WeakMap<Logits, readonly Logits[]> = new WeakMap();
