// Registers the gradients and the methods of tensors (`x.mul(y)`), which the core leaves out.
import "@tensorflow/tfjs";

/** TensorFlow.js itself: the one place where the kit imports it. */
export * as tf from "@tensorflow/tfjs-core";
