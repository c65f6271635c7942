// deno-lint-ignore-file no-explicit-any -- gradient functions have no types of their own
import { tf } from "../tensor/tf.ts";

/**
 * The gradient of the kernel `FusedBatchNormTraining` by the kernel `FusedBatchNormTrainingGrad`.
 *
 * The first gives the output, the mean, the variance, and up to three tensors that are the backend's own affair;
 * the second gets these as `r1`, `r2`, `r3`.
 */
export function registerBatchNormGradient(): void {
  if (tf.getGradient("FusedBatchNormTraining")) return;
  tf.registerGradient({
    kernelName: "FusedBatchNormTraining",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys: any, [x, scale, ...reserved]: any, attrs: any) => {
      const own = Object.fromEntries(reserved.map((tensor: tf.Tensor, i: number) => [`r${i + 1}`, tensor]));
      const inputs = { dy: dys[0], x, scale, ...own };
      const [dx, dScale, dOffset] = tf.engine().runKernel("FusedBatchNormTrainingGrad", inputs, attrs) as any;
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  });
}
