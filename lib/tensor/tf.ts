/** TensorFlow.js itself: the one place where the kit imports it. */
export * as tf from "@tensorflow/tfjs-core";
