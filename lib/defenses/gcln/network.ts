import { attackBy } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import { detector, features, generator } from "../../networks/mod.ts";
import { type Classifier, fold, frozen } from "../../tensor/mod.ts";
import {
  type ClassifierSpec,
  defineNetworkKind,
  digest,
  idOf,
  type NetworkKind,
  type TrainingRun,
} from "../../training/mod.ts";
import { type AttackPool, attackPool, poolOf } from "./attack_pool.ts";
import { cleanerOf } from "./cleaner.ts";
import { type Attacker, fitGcln } from "./fit_gcln.ts";
import type { CleanerGradients, GclnSpec } from "./spec.ts";

/** What the training of a cleaning network needs: the target classifier, and the network of the perceptual loss. */
export type GclnNeeds = { readonly classifier: ClassifierSpec; readonly features: ClassifierSpec };

/** How generative cleaning networks are named, trained and kept. */
export const gclnKind: NetworkKind<GclnSpec, GclnNeeds> = defineNetworkKind<GclnSpec, GclnNeeds>({
  name: "gcln",
  word: ({ transform: { q }, attacks: { surrogate } }) =>
    `gcln-q${Math.round(q * 255)}${surrogate === "defended" ? "-adaptive" : ""}`,
  dataset: ({ classifier }) => classifier.data,
  needs: ({ classifier, features }) => ({ classifier, features: features.of }),
  trees: ["parameters", "detector"],
  async train(spec, run) {
    const { classifier, features: judge } = run.networks, data = run.data.take(spec.attacks.pool);
    const maps = features(judge.network, judge.parameters, spec.features.layers);
    try {
      const { parameters, detector: adversary, history } = await fitGcln(data, {
        ...spec.training,
        classifier,
        features: maps,
        generator: generator(spec.generator),
        detector: detector(spec.detector),
        transform: spec.transform,
        attacker: await attackerOf(spec, classifier, data, run),
        seed: run.seed,
        checkpoints: run.checkpoints,
        ...(run.progress ? { progress: run.progress } : {}),
        ...(run.signal ? { signal: run.signal } : {}),
      });
      return { trees: { parameters, detector: adversary }, history };
    } finally {
      maps.dispose();
    }
  },
  build(spec, { parameters }) {
    const network = generator(spec.generator);
    const cleaner = (gradients: CleanerGradients) =>
      cleanerOf(network, parameters!, { ...spec.transform, ...gradients });
    return Object.assign(cleaner({}), { with: cleaner });
  },
});

/** Who makes the attacked images of the training. */
async function attackerOf(
  spec: GclnSpec,
  target: Classifier,
  data: Dataset,
  run: TrainingRun<GclnNeeds>,
): Promise<Attacker> {
  const { by, surrogate } = spec.attacks;
  if (surrogate === "defended") {
    const attacks = by.map(attackBy);
    return (batch, _, defended, seed) =>
      attacks[fold(seed, "turn") % attacks.length]!(defended, batch, { seed });
  }
  const pool = await pooled(spec, target, data, run);
  return (batch, indices) => pool.attacked(batch, indices);
}

/** The attack pool of a spec, from the cache where an earlier run (of another q, say) left it. */
async function pooled(
  { classifier, attacks }: GclnSpec,
  target: Classifier,
  data: Dataset,
  { shared, progressOf, signal }: TrainingRun<GclnNeeds>,
): Promise<AttackPool> {
  const key = await digest({ of: await idOf(classifier), attacks, data: data.checksum });
  const bytes = await shared(`pool-${key}.bin`, data.pixels.length, async () => {
    const surrogate = frozen(target);
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
