import { valueText } from "../kinds/mod.ts";
import { type Parameters, tf } from "../tensor/mod.ts";
import {
  defineNetworkKind,
  type HistoryEntry,
  type Needed,
  type TrainedSpec,
  type TrainingRun,
} from "../training/mod.ts";
import type { Circumstances } from "./profile.ts";

/** What the `fit` of a defense has trained. */
export interface OwnNetwork {
  /** The tensors, by the names that `fit` gave them. */
  readonly parameters: Parameters;
}

/** What a defense's own training makes, as data. */
interface OwnSpec extends TrainedSpec<object> {
  readonly data: string;
  readonly settings: object;
  readonly needs: Needed;
}

/** What the `fit` of a defense gives: trained tensors by name, the caller's to free; with a history where it has one. */
export type FitResult = Parameters | {
  readonly parameters: Parameters;
  readonly history: readonly HistoryEntry[];
};

/** What trains a defense. */
type Fit = (run: never) => Promise<FitResult>;

/** A defense's own training as a kind of network, so that its results are found, kept and trained like any other's. */
export function ownNetwork(name: string, code: string, fit: Fit) {
  const kind = `defense ${name}`;
  defineNetworkKind<OwnSpec>({
    name: kind,
    word: () => name.replaceAll(/[^\w.-]+/g, "-"),
    dataset: ({ data }) => data,
    needs: ({ needs }) => needs,
    trees: ["parameters"],
    async train({ settings }, run: TrainingRun<Needed>) {
      const made: unknown = await fit({ ...run, settings } as never);
      const { parameters, history } = hasHistory(made) ? made : { parameters: made, history: [] };
      return { trees: { parameters: checkedParameters(name, parameters) }, history };
    },
    build: () => ({}),
    code,
  });
  return {
    spec: (needs: Needed, settings: object, { dataset, seed }: Circumstances): OwnSpec => ({
      kind,
      data: dataset,
      settings,
      needs,
      seed,
    }),
  };
}

function hasHistory(made: unknown): made is Exclude<FitResult, Parameters> {
  return Array.isArray((made as { readonly history?: unknown } | undefined | null)?.history);
}

function checkedParameters(name: string, given: unknown): Parameters {
  const isWhole = typeof given === "object" && given !== null &&
    Object.values(given).every((value) => value instanceof tf.Tensor);
  if (isWhole && !(given instanceof tf.Tensor)) return given as Parameters;
  throw new TypeError(
    `Cannot keep what fit of defense ${valueText(name)} returned, ${
      valueText(given)
    }: tensors by name are wanted, ` +
      "or { parameters, history }",
  );
}
