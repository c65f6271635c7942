import { linf } from "../../lib/attacks/mod.ts";
import { type Dataset, streetDigits } from "../../lib/data/mod.ts";
import { defend } from "../../lib/defenses/mod.ts";
import { robustness } from "../../lib/evaluation/mod.ts";
import { classifierSpec, gclnSpec } from "../../lib/defenses/mod.ts";
import { profiles } from "../../lib/experiments/mod.ts";
import { classifierOf, detector, features, generator, resnet } from "../../lib/networks/mod.ts";
import { type Classifier, frozen, type Images, type Progress, tf } from "../../lib/tensor/mod.ts";
import { fitGcln } from "../../lib/defenses/mod.ts";
import { fitClassifier, trained } from "../../lib/training/mod.ts";

/** What a process holds. */
export interface Held {
  /** How many images are attacked, or steps are trained. */
  readonly done: number;
  /** The resident set, in bytes. */
  readonly rss: number;
  /** JavaScript's objects and buffers, in bytes. */
  readonly heap: number;
  /** TensorFlow.js's tensors. */
  readonly tensors: number;
}

/** How much is done. */
export interface Amount {
  /** Images that are attacked. */
  readonly images: number;
  /** Steps that are trained. */
  readonly steps: number;
}

/** Does something for long, and tells what the process holds on the way. */
export type LongWork = (amount: Amount, told: (held: Held) => void) => Promise<void>;

const BATCH = 16;
const pgd = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 } as const;
const small = resnet({ architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 });

/** V8's own, there when Deno is started with `--v8-flags=--expose-gc`. */
const { gc } = globalThis as { readonly gc?: () => void };

/** Whether garbage is collected before each look, so that what is seen is held; else tens of MiB come and go. */
export const collects = gc !== undefined;

/** Tells what the process holds whenever there is progress. */
function watched(told: (held: Held) => void, each = 1): Progress {
  const update = (done: number) => {
    gc?.();
    const { rss, heapUsed, external } = Deno.memoryUsage();
    told({ done: done / each, rss, heap: heapUsed + external, tensors: tf.memory().numTensors });
  };
  return { update, done() {} };
}

async function attack(
  victim: Classifier,
  surrogate: Classifier,
  { images }: Amount,
  told: (held: Held) => void,
): Promise<void> {
  const data = await streetDigits("test", { size: images });
  const progress = () => watched(told), surrogates = { pgd: surrogate };
  await robustness(victim, data, { pgd }, { surrogates, shown: "everyone", progress });
}

/** The networks of profile `quick` come with the kit. */
function quickClassifier() {
  return trained(classifierSpec(profiles.quick, "street-digits", 1));
}

/** Training sees few images again and again. */
function few(): Promise<Dataset> {
  return streetDigits("train", { size: 1024 });
}

/** What is done for long, by name. */
export const longWorks: Readonly<Record<string, LongWork>> = {
  /** PGD-10 on the active set, the network undefended. */
  async "pgd"(amount, told) {
    const victim = frozen(await quickClassifier());
    await attack(victim, victim, amount, told);
  },
  /** The same on the network behind the GCLN, rounding passed straight through. */
  async "bpda"(amount, told) {
    const classifier = await quickClassifier(), row = { q: 10 / 255, features: "classifier" } as const;
    const cleaner = await trained(gclnSpec(profiles.quick, "street-digits", row, 1));
    const through = cleaner.with({ backward: "straight-through" });
    await attack(frozen(defend(classifier, cleaner)), frozen(defend(classifier, through)), amount, told);
  },
  /** Training of a small classifier. */
  async "classifier"({ steps }, told) {
    const images = steps * BATCH, progress = watched(told, BATCH);
    const { parameters } = await fitClassifier(small, await few(), {
      images,
      batch: BATCH,
      seed: 1,
      progress,
    });
    tf.dispose(Object.values(parameters));
  },
  /** Training of a small GCLN. */
  async "gcln"({ steps }, told) {
    const parameters = small.init(1), progress = watched(told, BATCH);
    const fitted = await fitGcln(await few(), {
      classifier: classifierOf(small, parameters),
      features: features(small, parameters, ["layer1", "pool"]),
      generator: generator({ architecture: "generator", width: 2, channels: 3 }),
      detector: detector({ architecture: "detector", width: 2, channels: 3 }),
      transform: { q: 10 / 255 },
      attacker: ({ images }) => tf.tidy(() => images.add(4 / 255).clipByValue(0, 1) as Images),
      images: steps * BATCH,
      batch: BATCH,
      seed: 1,
      progress,
    });
    tf.dispose([parameters, fitted.parameters, fitted.detector].flatMap((each) => Object.values(each)));
  },
};

/** By how much the resident set has grown in the end since so many images or steps were done, as a share of what it was. */
export function growthSince(done: number, held: readonly Held[]): number {
  const then = held.find((each) => each.done >= done);
  if (then === undefined) throw new RangeError(`Nothing is known of the time after ${done}`);
  return held.at(-1)!.rss / then.rss - 1;
}
