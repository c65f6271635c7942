// Registers the gradients and the methods of tensors (`x.mul(y)`), which the core leaves out.
import "@tensorflow/tfjs";
import { advisePlainEngine } from "./_plain_engine.ts";

advisePlainEngine();

/** TensorFlow.js itself: the one place where the kit imports it. */
export * as tf from "@tensorflow/tfjs-core";
