import { attackBy, type AttackSpec } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import { detector, features, network, type Owner } from "../../networks/mod.ts";
import {
  type Classifier,
  type Cleaner,
  fold,
  frozen,
  type Images,
  type Logits,
  tf,
} from "../../tensor/mod.ts";
import {
  type ClassifierSpec,
  defineNetworkKind,
  digest,
  idOf,
  isAdversaryAttack,
  type MovingTarget,
  movingTarget,
  type NetworkKind,
  type TrainingOutcome,
  type TrainingRun,
} from "../../training/mod.ts";
import { type AttackPool, attackPool, poolOf } from "./attack_pool.ts";
import { cleanerOf, firstParameters } from "./cleaner.ts";
import { fitGcln } from "./fit_gcln.ts";
import type { Attacker } from "./fit_options.ts";
import type { CleanerGradients, GclnSpec } from "./spec.ts";

/** What the training of a cleaning network needs: the target classifier, and the network of the perceptual loss. */
export type GclnNeeds = { readonly classifier: ClassifierSpec; readonly features: ClassifierSpec };

/** How generative cleaning networks are named, trained and kept. */
export const gclnKind: NetworkKind<GclnSpec, GclnNeeds> = defineNetworkKind<GclnSpec, GclnNeeds>({
  name: "gcln",
  word: ({ transform: { q }, attacks: { surrogate } }) =>
    `gcln-${q === "none" ? "unquantized" : `q${Math.round(q * 255)}`}${
      surrogate === "defended" ? "-adaptive" : ""
    }`,
  dataset: ({ classifier }) => classifier.data,
  needs: ({ classifier, features }) => ({ classifier, features: features.of }),
  trees: ["parameters", "detector"],
  async train(spec, run) {
    if (spec.training.images === 0) return untrained(spec, run.seed);
    const { classifier, features: judge } = run.networks, data = run.data.take(spec.attacks.pool);
    const { layers, weights } = spec.features, isOwn = judge === classifier;
    const attacks = await attackerOf(spec, classifier, data, run);
    const maps = features(judge.network, judge.parameters, isOwn ? withLogits(layers) : layers);
    try {
      const { parameters, detector: adversary, history } = await fitGcln(data, {
        ...spec.training,
        classifier,
        features: (images) => maps(images).slice(0, layers.length),
        ...(isOwn ? { seen: (images: Images) => seenIn(maps(images), layers) } : {}),
        ...(weights ? { weights } : {}),
        generator: network(spec.generator),
        ...(spec.detector ? { detector: detector(spec.detector) } : {}),
        transform: spec.transform,
        attacker: attacks.attacker,
        seed: run.seed,
        checkpoints: run.checkpoints,
        ...(run.progress ? { progress: run.progress } : {}),
        ...(run.signal ? { signal: run.signal } : {}),
      });
      return { trees: { parameters, detector: adversary }, history };
    } finally {
      maps.dispose();
      attacks.dispose();
    }
  },
  build(spec, { parameters }) {
    const generator = network(spec.generator);
    const cleaner = (gradients: CleanerGradients): Cleaner => {
      const clean = cleanerOf(generator, parameters!, { ...spec.transform, ...gradients });
      return (images) => tf.tidy(() => clean(images));
    };
    return Object.assign(cleaner({}), { with: cleaner });
  },
});

/** A generator that has not played the game yet, which is the identity. */
function untrained({ generator, transform }: GclnSpec, seed: number): TrainingOutcome {
  const parameters = firstParameters(network(generator), transform, fold(seed, "generator"));
  return { trees: { parameters, detector: {} }, history: [] };
}

/** Layers with the logits among them, last if they were not there. */
function withLogits(layers: readonly string[]): readonly string[] {
  return layers.includes("logits") ? layers : [...layers, "logits"];
}

/** The feature maps and the logits of one pass. */
function seenIn(found: readonly tf.Tensor[], layers: readonly string[]) {
  return {
    maps: found.slice(0, layers.length),
    logits: found[withLogits(layers).indexOf("logits")] as Logits,
  };
}

/** Who makes the attacked images of the training. */
async function attackerOf(
  spec: GclnSpec,
  target: Classifier,
  data: Dataset,
  run: TrainingRun<GclnNeeds>,
): Promise<{ readonly attacker: Attacker } & Owner> {
  const { by, surrogate } = spec.attacks;
  if (surrogate === "defended") return adaptiveAttacker(by, spec.training);
  const pool = await pooled(spec, target, data, run);
  return {
    attacker: (batch, indices, _defended, _seed, changes) => pool.attacked(batch, indices, changes),
    dispose() {},
  };
}

/** Attacks the classifier behind the cleaner as it is, by several attacks in turn; compiled where that can be. */
function adaptiveAttacker(
  by: readonly AttackSpec[],
  { precision }: GclnSpec["training"],
): { readonly attacker: Attacker } & Owner {
  const targets = new Map<number, MovingTarget>();
  return {
    attacker(batch, _, defended, seed) {
      const turn = fold(seed, "turn") % by.length, spec = by[turn]!;
      if (!isAdversaryAttack(spec)) return attackBy(spec)(defended, batch, { seed });
      const target = targets.get(turn) ??
        movingTarget(spec, defended.forward, precision ? { precision } : {});
      targets.set(turn, target);
      return target.attack(batch, () => defended.parameters, seed);
    },
    dispose: () => targets.forEach((target) => target.dispose()),
  };
}

/** The attack pool of a spec, from the cache where an earlier run (of another q, say) left it. */
async function pooled(
  { classifier, attacks, training: { precision } }: GclnSpec,
  target: Classifier,
  data: Dataset,
  { shared, progressOf, signal }: TrainingRun<GclnNeeds>,
): Promise<AttackPool> {
  const how = precision ? { precision } : {};
  const key = await digest({ of: await idOf(classifier), attacks, data: data.checksum, ...how });
  const bytes = await shared(`pool-${key}.bin`, data.pixels.length, async () => {
    const surrogate = frozen(target, how);
    try {
      const { perturbations } = await attackPool(surrogate, data, {
        attacks: attacks.by,
        seed: fold(classifier.seed, "pool"),
        ...(progressOf ? { progress: progressOf(`attacking ${data.size} training images`) } : {}),
        ...(signal ? { signal } : {}),
      });
      return new Uint8Array(perturbations.buffer);
    } finally {
      surrogate.dispose();
    }
  });
  return poolOf(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), attacks.by);
}
