import type { BackendName } from "../../../lib/tensor/mod.ts";
import type { Outcomes } from "./jasmine.ts";

/** Tests that an engine fails with the kit's kernels and without: what TensorFlow.js's package lacks, or has wrong. */
interface Fault {
  readonly reason: string;
  /** What the failing tests say. */
  readonly says?: RegExp;
  /** Their names, or the beginnings of them. */
  readonly tests?: readonly string[];
}

/** For each engine, in the order in which they are looked up. */
export const faults: Readonly<Partial<Record<BackendName, readonly Fault[]>>> = {
  wasm: [
    { reason: "there are no complex numbers on wasm", says: /complex64/ },
    { reason: "there are no strings on wasm", says: /Unknown dtype string|Aborted\(\)/ },
    {
      reason: "strings can't be compared",
      tests: ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"].map((name) =>
        `${name} should support string comparison`
      ),
    },
    { reason: "images are NHWC on wasm", says: /NCHW/ },
    { reason: "the bias of a fused kernel is a vector", says: /only supports rank-1 bias/ },
    { reason: "products of matrices are of float32", says: /BatchMatMul for non non-float32/ },
  ],
  tensorflow: [
    { reason: "the package has no such kernel", says: /Kernel '\w+' not registered/ },
    { reason: "paddings have no numbers", says: /supports only 'valid' and 'same' padding/ },
    { reason: "fused convolutions are NHWC", says: /does not support dataFormat:'NCHW'/ },
    { reason: "TensorFlow has it for other types only", says: /is not in the list of allowed values/ },
    {
      reason: "sign of NaN is NaN",
      tests: ["basic", "does not propagate NaNs", "accepts a tensor-like object"].map((name) =>
        `sign ${name}`
      ),
    },
    {
      reason: "the kit's is the gradient of the forward pass; the test divides by all of the window",
      tests: ["avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit"],
    },
    {
      reason: "the test wants a pixel of windows that hold none",
      tests: ["max", "avg"].map((pool) =>
        `pool ${pool} x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding`
      ),
    },
    {
      reason: "a pool whose window is larger than the image throws",
      says: /Computed output size would be negative/,
    },
    {
      reason: "the test's shapes contradict each other",
      tests: ["conv2dTranspose input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4"],
    },
    {
      reason: "TensorFlow does what the test wants refused",
      tests: [
        "einsum 2d matrix calculate trace: duplicate axes not implemented yet",
        "einsum nonexistent dimension throws error",
      ],
    },
    {
      reason: "numbers are drawn anew though the seed is the same",
      tests: ["multinomial creates the same data given the same seed"],
    },
    { reason: "a scatter of no places throws", tests: ["scatterND "] },
    { reason: "NaN is not NaN", tests: ["unique 1d tensor with NaN and Infinity"] },
    { reason: "the test wants the last bit", tests: ["tan numbers exceed float32 precision"] },
  ],
};

/** The failures that no fault explains, and the faults that explain none; `others` have been looked at already. */
export function unexplained(
  engine: BackendName,
  outcomes: Outcomes,
  others: Readonly<Record<string, unknown>>,
): string[] {
  const known = faults[engine] ?? [], met = new Set<Fault>();
  const failures = Object.entries(outcomes).filter(([name, { status }]) =>
    status === "failed" && !(name in others)
  );
  const strange = failures.filter(([name, { message = "" }]) => {
    const fault = known.find(({ says, tests }) =>
      says?.test(message) || tests?.some((test) => name.startsWith(test))
    );
    if (fault) met.add(fault);
    return !fault;
  });
  return [
    ...strange.map(([name, { message }]) => `${name}: ${message}`),
    ...known.filter((fault) => !met.has(fault)).map(({ reason }) => `Mended by now: ${reason}`),
  ];
}
