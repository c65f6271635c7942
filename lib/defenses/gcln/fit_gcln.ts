import type { Dataset } from "../../data/mod.ts";
import { callable, checkSettings, list, object, type Settings, size, word } from "../../kinds/mod.ts";
import { fold, type Parameters, tf } from "../../tensor/mod.ts";
import {
  cosine,
  type HistoryEntry,
  resumedFitSettings,
  sampler,
  trainingLoop,
  ungroup,
} from "../../training/mod.ts";
import { Game } from "./_game.ts";
import type { FitGclnOptions } from "./fit_options.ts";
import { recoveredSet } from "./recovered.ts";

/** The two networks after the game. */
export interface FittedGcln {
  /** The generator's parameters. */
  readonly parameters: Parameters;
  /** The detector's parameters; none without a detector. */
  readonly detector: Parameters;
  /** The losses, and the share of recovered images that C gets right. */
  readonly history: readonly HistoryEntry[];
}

const { schedule: _, ...shared } = resumedFitSettings;

const fitGclnSettings: Settings = {
  ...shared,
  classifier: callable(),
  features: callable(),
  generator: object("a network"),
  detector: object("a network"),
  transform: object("a quantized transform such as { q: 10 / 255 }"),
  guide: word(["features", "labels"], { default: "features" }),
  attacker: callable(),
  seen: callable(),
  weights: list(size()),
  clean: size({ most: 1, default: 1 }),
  augment: object("random changes such as { flip: true, shift: 2 }"),
  lambda: size({ most: 1, default: 0.5 }),
  perceptualScale: size({ default: 10 }),
  rates: object("{ generator, detector }"),
  recovered: word(["join", "ignore"], { default: "join" }),
};

const NEEDED = ["classifier", "generator", "transform", "attacker", "images", "seed"];

/** The share of all steps in which the detector learns from attacked images as they are (§3.3, "initial phase"). */
const INITIAL_PHASE = 0.05;
/** The share of the detector's clean images that are recovered ones, once there are any. */
const RECOVERED_SHARE = 0.25;

/**
 * The GCLN game (§3.3, Figure 1): detector and generator are trained in turn, the one to tell clean images from
 * recovered ones, the other to recover what the detector takes for clean and what has the features of the original.
 *
 * Each step sees attacked images x* and their originals x°. The generator's loss is Eq. (3), the detector's Eq. (6).
 *
 * Departure: the paper gives no optimiser, no rates and no feature layer. L_P is each feature map's squared error
 * over the original map's mean square, times 10: without the scale L_A drowns it and clean accuracy falls. The
 * generator also sees clean images (with L_P only), so that it learns to leave them alone. Adam's settings, the
 * clipped gradient norm and the zero start of the generator are ours too.
 *
 * @param data The training images.
 * @returns Both networks' parameters, the caller's to free, and the history of the losses.
 * @throws {RangeError} Where an option is not known or does not fit.
 * @throws {DivergedError} When a loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { detector, generator } from "@gcln/kit/networks";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 * import { fitGcln } from "@gcln/kit/defenses";
 *
 * await useBackend();
 * const { history } = await fitGcln(await streetDigits("train", { size: 8 }), {
 *   classifier: (images) => images.mean([1, 2]) as Logits, // a network, elsewhere
 *   features: (images) => [images],
 *   generator: generator({ architecture: "generator", width: 2, channels: 3 }),
 *   detector: detector({ architecture: "detector", width: 2, channels: 3 }),
 *   transform: { q: 10 / 255 },
 *   attacker: ({ images }) => tf.tidy(() => images.add(8 / 255).clipByValue(0, 1) as Images),
 *   images: 16,
 *   batch: 8,
 *   seed: 1,
 * });
 * assertEquals(history.at(-1)!.step, 2);
 * ```
 */
export async function fitGcln(data: Dataset, options: FitGclnOptions): Promise<FittedGcln> {
  const { guide = "features" } = options;
  checkSettings(
    "fitGcln",
    fitGclnSettings,
    options,
    guide === "labels" ? NEEDED : [...NEEDED, "features"],
  );
  if (data.size === 0) throw new RangeError(`Cannot train on no images: ${data.name} has none left`);
  const { images, batch = 64, rates = { generator: 1e-3, detector: 1e-4 }, seed } = options;
  const recovered = options.detector ? options.recovered ?? "join" : "ignore";
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, fold(seed, "order"));
  const game = new Game(options);
  const pool = recoveredSet(data.shape, 16 * batch);
  const generatorRate = cosine(rates.generator), detectorRate = cosine(rates.detector);
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      memory: pool,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init: () => game.init(seed),
      async step(state, index) {
        const chosen = indices(index);
        const changes = options.augment && { ...options.augment, seed: fold(seed, "augment", index) };
        const clean = data.batch(chosen, changes);
        const { parameters } = ungroup(state);
        const attacked = await options.attacker(
          clean,
          chosen,
          game.defended(parameters),
          fold(seed, "attack", index),
          changes,
        );
        const generated = game.generate(state, clean, attacked, generatorRate(index, steps));
        const initial = index < INITIAL_PHASE * steps;
        const others = recovered === "join"
          ? pool.draw(Math.round(RECOVERED_SHARE * batch), fold(seed, "draw", index))
          : undefined;
        const detected = options.detector && game.detect(
          state,
          clean.images,
          initial ? attacked : generated.cleaned,
          others,
          detectorRate(index, steps),
        );
        if (recovered === "join") await pool.add(generated.cleaned, generated.right);
        tf.dispose([clean.images, clean.labels, attacked, generated.cleaned, generated.right]);
        return {
          state: { ...generated.state, ...detected?.state },
          facts: { ...generated.facts, ...detected?.facts },
        };
      },
    });
    const { parameters, detector = {}, optimiser, detectorOptimiser = {} } = ungroup(state);
    tf.dispose([...Object.values(optimiser), ...Object.values(detectorOptimiser)]);
    return { parameters, detector, history };
  } finally {
    game.dispose();
  }
}
