import { tf } from "../tensor/mod.ts";
import type { Start } from "./architecture.ts";
import type { Layer } from "./_layer.ts";
import { parameter } from "./parameters.ts";

/** A fully connected layer: `[n, from]` to `[n, to]`. */
export function dense(name: string, from: number, to: number, start: Start = "linear"): Layer {
  return {
    declarations: [
      { name: `${name}.weight`, shape: [from, to], start, fanIn: from },
      { name: `${name}.bias`, shape: [to], start: "zeros", fanIn: from },
    ],
    apply: (parameters, x) =>
      tf.matMul(x as tf.Tensor2D, parameter(parameters, `${name}.weight`)).add(
        parameter(parameters, `${name}.bias`),
      ),
  };
}
