// deno-lint-ignore-file no-explicit-any -- the backend has no types of its own
/**
 * Kernels of TensorFlow's own for what TensorFlow.js composes from small ops: the gradient of ReLU, and batch
 * normalisation in training with its gradient. A training step of a small ResNet takes about half the time with them.
 */
import { tf } from "../../tensor/tf.ts";
import { registerGradients } from "../gradients.ts";
import { mendConvolutions } from "./convolution.ts";
import { mend } from "./mend.ts";
import { mendPools } from "./pooling.ts";

const BACKEND = "tensorflow";

/** Registers the kernels; a second call does nothing. */
export function registerNativeKernels(): void {
  if (tf.getKernel("ReluGrad", BACKEND)) return;
  mendConvolutions();
  mendPools();
  // TensorFlow rounds whole numbers to 0.
  mend("Round", ({ x }, attrs, kernel) => x.dtype === "int32" ? tf.clone(x) : kernel({ x }, attrs));
  const { binding } = tf.backend() as any;
  const type = (name: string) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });

  tf.registerKernel({
    kernelName: "ReluGrad",
    backendName: BACKEND,
    kernelFunc: ({ inputs, backend }: any) =>
      backend.executeSingleOutput("ReluGrad", [type("T")], [inputs.dy, inputs.y]),
  });
  const attributes = (epsilon: number) => [
    type("T"),
    type("U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
  tf.registerKernel({
    kernelName: "FusedBatchNormTraining",
    backendName: BACKEND,
    kernelFunc: ({ inputs: { x, scale, offset }, attrs, backend }: any) => {
      const none = tf.tensor1d([]); // the running statistics, which training does not read
      const outputs = backend.executeMultipleOutputs(
        "FusedBatchNormV3",
        attributes(attrs.epsilon),
        [x, scale, offset, none, none],
        6,
      );
      none.dispose();
      return outputs;
    },
  });
  tf.registerKernel({
    kernelName: "FusedBatchNormTrainingGrad",
    backendName: BACKEND,
    kernelFunc: ({ inputs: { dy, x, scale, r1, r2, r3 }, attrs, backend }: any) => {
      const [dx, dScale, dOffset, ...unused] = backend.executeMultipleOutputs(
        "FusedBatchNormGradV3",
        attributes(attrs.epsilon),
        [dy, x, scale, r1, r2, r3],
        5,
      );
      tf.dispose(unused);
      return [dx, dScale, dOffset];
    },
  });
  registerGradients();
}
