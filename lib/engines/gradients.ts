// deno-lint-ignore-file no-explicit-any -- gradient functions have no types of their own
/**
 * Gradients of ReLU and of batch norm in training by kernels of their own, for the engines that have these, and the
 * gradients of these kernels.
 */
import type { SecondGradient } from "../tensor/_tape.ts";
import { tf } from "../tensor/tf.ts";

const run = (kernel: string, inputs: Record<string, tf.Tensor>, attributes?: tf.NamedAttrMap) =>
  tf.engine().runKernel(kernel, inputs, attributes) as any;

/** By the kernel `ReluGrad`, which lets dy through where y is positive. Elsewhere TensorFlow.js's own, to which y is as good as x. */
const relu = (own: tf.GradConfig): tf.GradConfig => ({
  kernelName: "Relu",
  outputsToSave: [true],
  gradFunc: (dy: any, [y]: any, attributes) =>
    y.dtype === "float32" && tf.getKernel("ReluGrad", tf.getBackend())
      ? { x: () => run("ReluGrad", { dy, y }) }
      : own.gradFunc(dy, [y], attributes),
});

const reluGradient: SecondGradient = {
  kernelName: "ReluGrad",
  constants: ["y"],
  inputsToSave: ["y"],
  gradFunc: (dy: any, [y]: any) => ({ dy: () => run("ReluGrad", { dy, y }) }),
};

/**
 * The kernel gives the output, the mean, the variance, and up to three tensors that are the backend's own affair;
 * `FusedBatchNormTrainingGrad` gets these as `r1`, `r2`, `r3`.
 */
const batchNorm: tf.GradConfig = {
  kernelName: "FusedBatchNormTraining",
  inputsToSave: ["x", "scale"],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys: any, [x, scale, ...reserved]: any, attributes) => {
    const own = Object.fromEntries(reserved.map((tensor: tf.Tensor, i: number) => [`r${i + 1}`, tensor]));
    const inputs = { dy: dys[0], x, scale, ...own };
    const [dx, dScale, dOffset] = run("FusedBatchNormTrainingGrad", inputs, attributes);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};

/** The batch, height and width axes. */
const AXES = [0, 1, 2];

/**
 * The kernel gives ∂x = γ/σ P(∂y), ∂γ = Σ ∂y x̂ and ∂β = Σ ∂y, where x̂ = (x − μ)/σ and P(v) = v − mean(v) − x̂ mean(v x̂).
 * Here a, b, c are the gradients of a loss by these three. Two facts are enough: Σ a P(∂y) = Σ ∂y P(a), and the gradient of
 * Σ v x̂ by x is P(v)/σ.
 */
const batchNormGradient: SecondGradient = {
  kernelName: "FusedBatchNormTrainingGrad",
  constants: ["r1", "r2", "r3"], // functions of x, whose gradient here is the whole one
  inputsToSave: ["dy", "x", "scale"],
  gradFunc: ([a, b, c]: any, [dy, x, scale]: any, { epsilon }: any) => {
    const deviation = x.sub(x.mean(AXES)), inverse = deviation.square().mean(AXES).add(epsilon).rsqrt(); // 1/σ
    const unit = deviation.mul(inverse), slope = scale.mul(inverse); // x̂ and γ/σ
    const along = (v: tf.Tensor) => v.mul(unit).mean(AXES);
    const projected = (v: tf.Tensor) => v.sub(v.mean(AXES)).sub(unit.mul(along(v)));
    const turned = projected(a), dScale = dy.mul(turned).sum(AXES).mul(inverse);
    return {
      dy: () => turned.mul(slope).add(unit.mul(b)).add(c),
      x: () => {
        const products = a.mul(along(dy)).add(dy.mul(along(a))).mul(slope); // from the two x̂ of P
        const width = unit.mul(dScale.mul(slope).div(x.size / x.shape[3])); // from 1/σ
        return projected(dy.mul(b).sub(products)).mul(inverse).sub(width);
      },
      scale: () => dScale,
    };
  },
};

let own: tf.GradConfig | undefined;

/** Registers them; a second call does nothing. */
export function registerGradients(): void {
  if (own !== undefined) return;
  own = tf.getGradient("Relu")!;
  tf.unregisterGradient("Relu"); // else TensorFlow.js warns
  for (const gradient of [relu(own), reluGradient, batchNorm, batchNormGradient]) {
    tf.registerGradient(gradient);
  }
}
