import type { EngineName } from "./engines.ts";

/** Tests that pass on the plain package and that the kit's engine fails for a good reason. */
export const known: Readonly<Partial<Record<EngineName, Readonly<Record<string, string>>>>> = {
  wasm: {
    "avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit":
      "the kit's is the gradient of the forward pass, which divides by the pixels that a window holds; the test divides by all of the window",
    "conv2dTranspose input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4":
      "the test's shapes contradict each other: the convolution of 4 × 4 pixels gives 4 × 4, not 8 × 8",
  },
};
