/** Our side of `deno task bench`: the works that are timed, and their results. */
import { linf, pgd } from "../../lib/attacks/mod.ts";
import type { Dataset } from "../../lib/data/mod.ts";
import { cleanerOf } from "../../lib/defenses/mod.ts";
import { crossEntropy } from "../../lib/losses/mod.ts";
import { classifierOf } from "../../lib/networks/mod.ts";
import {
  type Batch,
  compile,
  evaluated,
  type Frozen,
  frozen,
  type Images,
  type Logits,
  type Parameters,
  type Precision,
  tf,
} from "../../lib/tensor/mod.ts";
import { constant, fitClassifier, type FitClassifierOptions, sgd } from "../../lib/training/mod.ts";
import { settings, type Subject } from "./subject.ts";

/** All precisions. */
export const PRECISIONS: readonly Precision[] = ["float32", "bfloat16"];

/** A work that is ready to be timed. */
export interface Ready {
  /** Runs the work this many times and returns the seconds. */
  run(repeats: number): Promise<number>;
  /** Frees what it holds. */
  dispose(): void;
}

/** A work to time, batch by batch. */
export interface Work {
  /** Its results in float32, by name: the other side must give the same. */
  result(subject: Subject, batch: number): Promise<Parameters>;
  /** Whether all results must agree, or more than half of them, where rounding may differ. */
  readonly agree: "all" | "most";
  /** Prepares it for timing. */
  prepare(subject: Subject, batch: number, precision: Precision): Ready;
}

function first({ batch: { images, labels } }: Subject, batch: number): Batch {
  return { images: images.slice(0, batch), labels: labels.slice(0, batch) } as Batch;
}

/** A work that runs a frozen classifier many times. */
function fromFrozen(work: (classifier: Frozen, batch: Batch, seed: number) => tf.Tensor): Work["prepare"] {
  return (subject, count, precision) => {
    const through = classifierOf(subject.classifier, subject.weights),
      classifier = frozen(through, { precision });
    const batch = first(subject, count);
    return {
      run: (repeats) => timed(repeats, (i) => work(classifier, batch, i)),
      dispose() {
        classifier.dispose();
        through.dispose();
        tf.dispose([batch.images, batch.labels]);
      },
    };
  };
}

/** The number of first steps that are not timed, since they compile graphs. */
const WARM_UP = 3;

async function timed(repeats: number, once: (index: number) => tf.Tensor): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < repeats; i++) {
    const made = once(i);
    await made.data();
    made.dispose();
  }
  return (performance.now() - started) / 1000;
}

function logits(classifier: Frozen, images: Images): Logits {
  return evaluated(classifier, "logits", [images], (x) => [classifier(x as Images)])[0] as Logits;
}

function attacked(classifier: Frozen, batch: Batch, from: { start?: "original"; seed?: number }): Images {
  const { epsilon, stepSize, steps } = settings;
  return pgd(classifier, batch, { ball: linf(epsilon), stepSize, steps, ...from });
}

/** A result of a frozen classifier, which is freed afterwards. */
function resultOf(give: (classifier: Frozen, batch: Batch) => Parameters): Work["result"] {
  return (subject, count) => {
    const through = classifierOf(subject.classifier, subject.weights), classifier = frozen(through);
    const given = tf.tidy(() => give(classifier, first(subject, count)));
    classifier.dispose();
    through.dispose();
    return Promise.resolve(given);
  };
}

const flat = (tensor: tf.Tensor): tf.Tensor => tensor.reshape([-1]);

const { rate, momentum, weightDecay } = settings;

/** Calls `fitClassifier` with its defaults and the benchmark's learning rate. */
function fit(
  subject: Subject,
  data: Dataset,
  batch: number,
  steps: number,
  more: Partial<FitClassifierOptions>,
) {
  return fitClassifier(subject.classifier, data, {
    images: batch * steps,
    batch,
    optimiser: sgd({ momentum, weightDecay }),
    schedule: constant(rate),
    start: subject.weights,
    seed: 1,
    ...more,
  });
}

/** Images to images, compiled. */
function cleaner({ generator, repairs }: Subject) {
  return cleanerOf(generator, repairs, { q: settings.q });
}

/** The works, by name. */
export const works = {
  "training step": {
    agree: "all",
    async result(subject, batch) {
      // With a data set of one batch the first step sees all images.
      const { parameters, history } = await fit(subject, subject.data.take(batch), batch, 1, {});
      const after = Object.entries(parameters).map(([name, tensor]) => [`after.${name}`, tensor] as const);
      return { loss: tf.tensor1d([history[0]!.loss!]), ...Object.fromEntries(after) };
    },
    prepare: (subject, batch, precision) => ({
      /** Whole steps, with their batches: from when one asks for its rate to when another does, once all is compiled. */
      async run(repeats) {
        const asked: number[] = [];
        const schedule = () => {
          asked.push(performance.now());
          return rate;
        };
        const steps = WARM_UP + repeats + 1;
        const { parameters } = await fit(subject, subject.data, batch, steps, { schedule, precision });
        tf.dispose(Object.values(parameters));
        return (asked[WARM_UP + repeats]! - asked[WARM_UP]!) / 1000;
      },
      dispose() {},
    }),
  },
  "forward": {
    agree: "all",
    result: resultOf((classifier, { images }) => ({ logits: flat(logits(classifier, images)) })),
    prepare: fromFrozen((classifier, { images }) => logits(classifier, images)),
  },
  "PGD-10": {
    agree: "all",
    result: resultOf((classifier, batch) => {
      const reached = logits(classifier, attacked(classifier, batch, { start: "original" }));
      return {
        logits: flat(logits(classifier, batch.images)),
        // The sign of gradients near 0 depends on rounding, so the results of ten steps agree to a hundredth only.
        "log loss / 10": flat(crossEntropy(reached, batch.labels).mean().log().div(10)),
      };
    }),
    prepare: fromFrozen((classifier, batch, seed) => attacked(classifier, batch, { seed })),
  },
  "cleaning": {
    agree: "most",
    result: (subject, batch) =>
      Promise.resolve(tf.tidy(() => {
        const cleaned = cleaner(subject)(first(subject, batch).images);
        return Object.fromEntries(tf.unstack(cleaned).map((image, i) => [`image ${i}`, flat(image)]));
      })),
    prepare(subject, batch, precision) {
      const clean = cleaner(subject), { images, labels } = first(subject, batch);
      const run = compile((x) => [clean(x as Images)], [images], { precision });
      return {
        run: (repeats) => timed(repeats, () => run(images)[0]!),
        dispose() {
          run.dispose();
          tf.dispose([images, labels]);
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, Work>>;

/** The settings that are sent to the other side too. */
export type WorkName = keyof typeof works;
