/**
 * A research kit for adversarial attacks and purification defenses, on TensorFlow.js: every table of *GCLN* (the generative
 * cleaning network with quantized nonlinear transform) as data, run by one command or one call.
 *
 * ```ts
 * import { reproduce, table1, toMarkdown } from "@gcln/kit";
 *
 * const result = await reproduce(table1, { profile: "quick", rows: ["Label Smoothing"] });
 * console.log(toMarkdown(result)); // the paper's numbers beside ours, and what can't be true as footnotes
 * ```
 *
 * The parts, from the ground up. Each is also an entry point of its own, `@gcln/kit/attacks` and so on.
 *
 * - **tensor** is the one door to TensorFlow.js: {@linkcode useBackend} starts the fastest engine, {@linkcode tf} is
 *   TensorFlow.js itself. Images are `[n, height, width, channels]` in [0, 1], a {@linkcode Classifier} is a function
 *   from images to logits, a {@linkcode Cleaner} one from images to images.
 * - **data**: {@linkcode cifar10}, {@linkcode svhn}, {@linkcode fashionMnist}, and {@linkcode streetDigits}, which are
 *   painted here and need no download.
 * - **transform**: {@linkcode quantizedTransform}, the paper's Eq. (1) and (2).
 * - **losses**: what attacks raise and what the cleaning network is trained on, Eq. (3) to (6).
 * - **networks** are pure functions of named parameters: {@linkcode network} makes one of a spec, {@linkcode classifierOf}
 *   one with weights.
 * - **attacks** take what is differentiated, a batch and options: {@linkcode fgs}, {@linkcode bim}, {@linkcode pgd},
 *   {@linkcode carliniWagner}; {@linkcode linf} is the ball. {@linkcode bpda} puts a gradient in place of another.
 * - **defenses**: {@linkcode defend} puts a cleaner before a classifier, {@linkcode cleanerOf} makes the paper's.
 * - **training**: {@linkcode trained} gives the network of a spec: shipped, from the cache, or trained now.
 * - **evaluation**: {@linkcode measure} attacks one thing and scores another, {@linkcode worstCase} is taken image by
 *   image, and {@linkcode measuredFindings} tells which numbers can't be what they look like.
 * - **experiments**: {@linkcode table1} is data, {@linkcode profiles} say what it costs, {@linkcode reproduce} runs it.
 * - **report**: {@linkcode toMarkdown}, {@linkcode toHtml}, {@linkcode gallery}, in terminals, notebooks and browsers.
 *
 * Who does the attacker know? The paper's question in a few lines: the victim stays the same, what is differentiated
 * changes.
 *
 * ```ts
 * import { defend, linf, measure, quantizedTransform, streetDigits, useBackend } from "@gcln/kit";
 * import type { Images, Logits } from "@gcln/kit";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 16 });
 * const classifier = (images: Images) => images.mean([1, 2]) as Logits; // a network, elsewhere
 * const behind = (backward: "exact" | "straight-through") =>
 *   defend(classifier, (images) => quantizedTransform(images, { q: 10 / 255, backward }));
 *
 * const victim = behind("exact"), attack = { attack: "fgs", ball: linf(8 / 255) } as const;
 * for (const surrogate of [victim, behind("straight-through"), classifier]) {
 *   const { zeroGradient } = await measure(victim, data, { attack, surrogate, seed: 1 });
 *   console.log(zeroGradient); // 1: rounding has no slope; then 0, twice
 * }
 * ```
 *
 * @module
 */
export * from "./lib/tensor/mod.ts";
export { cacheFolder, isWrittenSince, readIfThere, readPublished, writeAtomically } from "./lib/files/mod.ts";
export * from "./lib/data/mod.ts";
export * from "./lib/transform/mod.ts";
export * from "./lib/losses/mod.ts";
export * from "./lib/networks/mod.ts";
export * from "./lib/attacks/mod.ts";
export * from "./lib/defenses/mod.ts";
export * from "./lib/training/mod.ts";
export * from "./lib/evaluation/mod.ts";
export * from "./lib/experiments/mod.ts";
export * from "./lib/report/mod.ts";
