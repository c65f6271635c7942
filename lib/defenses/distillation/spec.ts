import { type Network, network } from "../../networks/mod.ts";
import { type Images, leavingResult, type Logits } from "../../tensor/mod.ts";
import {
  builtClassifier,
  type ClassifierFunction,
  type ClassifierSpec,
  defineNetworkKind,
  fitClassifier,
  type NetworkKind,
  type TrainedSpec,
  trainingOf,
} from "../../training/mod.ts";
import { classifierSpec } from "../none.ts";
import { type Circumstances, profileFor } from "../profile.ts";

/** A distilled classifier, as data: enough to train it again. */
export interface DistilledSpec
  extends TrainedSpec<ClassifierFunction>, Omit<ClassifierSpec, "kind" | "~made" | "start"> {
  /** Tells the kinds of specs apart. */
  readonly kind: "distilled classifier";
  /** Whose answers it learns. */
  readonly teacher: ClassifierSpec;
  /** T: its logits are T times those that were trained. */
  readonly temperature: number;
}

/**
 * The student of the target classifier, from the same seed.
 *
 * It begins anew: as the teacher it would have nothing to learn. So it sees three times the images of
 * {@linkcode hardenedSpec}, but no more than the target.
 */
export function distilledSpec({ profile, dataset, seed }: Circumstances, temperature: number): DistilledSpec {
  const teacher = classifierSpec(profile, dataset, seed);
  const { hardening } = profileFor(profile, dataset), { training } = teacher;
  const images = Math.min(training.images, hardening ? 3 * hardening.images : Infinity);
  return {
    ...teacher,
    kind: "distilled classifier",
    training: { ...training, images },
    teacher,
    temperature,
  };
}

/** Classifiers that learn another one's answers. */
export const distilledKind: NetworkKind<DistilledSpec, { readonly teacher: ClassifierSpec }> =
  defineNetworkKind<
    DistilledSpec,
    { readonly teacher: ClassifierSpec }
  >({
    name: "distilled classifier",
    required: ["network", "data", "training", "teacher", "temperature"],
    word: ({ network, temperature }) => `${network.architecture}-distilled-t${temperature}`,
    dataset: ({ data }) => data,
    needs: ({ teacher }) => ({ teacher }),
    trees: ["parameters"],
    async train(spec, { networks: { teacher }, data: all, seed, checkpoints, progress, signal }) {
      const { data, options } = trainingOf(spec.training, all);
      const { parameters, history } = await fitClassifier(network(spec.network) as Network, data, {
        ...options,
        teacher,
        seed,
        checkpoints,
        ...(progress ? { progress } : {}),
        ...(signal ? { signal } : {}),
      });
      return { trees: { parameters }, history };
    },
    build(spec, { parameters }) {
      const cool = builtClassifier(spec, parameters!), { temperature } = spec;
      const hot = (images: Images) => leavingResult(() => cool(images).mul<Logits>(temperature));
      return Object.assign(hot, { network: cool.network, dispose: () => cool.dispose() });
    },
  });
