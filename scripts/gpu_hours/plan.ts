import type { AttackSpec } from "../../lib/attacks/mod.ts";
import { defenseOf, type DefenseRow, type Profile, RANDOM_DRAWS, specsOf } from "../../lib/defenses/mod.ts";
import { isMeasured, type Table } from "../../lib/experiments/mod.ts";
import type { ArchitectureSpec } from "../../lib/networks/mod.ts";
import { idOf, type TrainedSpec } from "../../lib/training/mod.ts";
import { forwardFlops } from "./flops.ts";

/** What a table costs, in FLOPs. */
export interface Costs {
  /** How many networks are trained, for all seeds. */
  readonly networks: number;
  readonly training: number;
  /** The longest chain of trainings, each of which needs the one before it. */
  readonly chain: number;
  /** How many cells are measured, each for all seeds. */
  readonly cells: number;
  readonly measuring: number;
  /** The cell that costs most. */
  readonly longestCell: number;
  /** Rows with a training whose cost is not counted. */
  readonly uncounted: readonly string[];
}

/** A side of the images of CIFAR-10 and SVHN. */
const SIDES = [32, 32] as const;
const { max } = Math;

/** The settings in specs that decide over costs. */
interface Trained extends TrainedSpec {
  readonly training?: {
    readonly images?: number;
    readonly adversary?: { readonly attack: AttackSpec; readonly after?: number };
    readonly lsPga?: { readonly steps: number; readonly after: number };
  };
  readonly classifier?: { readonly network: ArchitectureSpec };
  readonly features?: { readonly of: { readonly network: ArchitectureSpec } };
  readonly attacks?: {
    readonly pool: number;
    readonly by: readonly AttackSpec[];
    readonly surrogate?: string;
  };
}

/** Forward passes of one image through the networks of a spec itself, not of those that it needs. */
async function ownForward(spec: TrainedSpec): Promise<number> {
  const networks = Object.values(spec).filter((field): field is ArchitectureSpec =>
    typeof field === "object" && field !== null && "architecture" in field
  );
  const flops = await Promise.all(networks.map((network) => forwardFlops(network, SIDES)));
  return flops.reduce((a, b) => a + b, 0);
}

/**
 * Steps of an attack, each a forward and a backward pass of an image. The budget of `strongest` counts both passes, and
 * iterated attacks end with a look at what they found.
 */
export function stepsOf(attack: AttackSpec): number {
  const { steps, budget } = attack as { readonly steps?: number; readonly budget?: number };
  if (attack.attack === "fgs") return 1;
  if (steps !== undefined) return steps;
  if (budget !== undefined) return budget / 2;
  throw new RangeError(`Cannot tell the steps of ${attack.attack}`);
}

/** What a training costs; undefined where its spec does not say. A step is a forward pass and a backward pass of twice the work. */
export async function trainingFlops(given: TrainedSpec): Promise<number | undefined> {
  const spec = given as Trained,
    { images, adversary, lsPga } = spec.training ?? {},
    own = await ownForward(spec);
  if (images === undefined) return undefined;
  const attacked = adversary
    ? (1 - (adversary.after ?? 0)) * stepsOf(adversary.attack)
    : lsPga
    ? (1 - lsPga.after) * lsPga.steps
    : 0;
  let flops = images * own * (3 + 2 * attacked);
  const { classifier, features, attacks } = spec;
  if (attacks !== undefined && classifier !== undefined) { // a GCLN
    const target = await forwardFlops(classifier.network, SIDES);
    const steps = attacks.by.reduce((sum, attack) => sum + stepsOf(attack), 0) / attacks.by.length;
    // The perceptual loss sees the original, and the cleaned image with its gradient.
    if (features !== undefined) flops += images * 3 * await forwardFlops(features.of.network, SIDES);
    flops += attacks.surrogate === "defended"
      ? images * 2 * steps * (own + target)
      : attacks.pool * 2 * steps * target;
  }
  return flops;
}

/** Which columns a row has, as far as its traits tell. */
function faces(row: DefenseRow, surrogate: string): boolean {
  const { traits } = defenseOf(row), isRounded = traits.includes("non-differentiable");
  switch (surrogate) {
    case "straight-through":
    case "identity":
      return isRounded;
    case "clip too":
    case "learned":
      return row.defense === "gcln";
    case "detector too":
      return traits.includes("detects");
    case "oblivious":
      return row.defense !== "none";
    default:
      return true;
  }
}

/** What a table costs at a profile. */
export async function costsOf({ rows, columns, dataset }: Table, profile: Profile): Promise<Costs> {
  const trained = new Map<string, number>(), uncounted = new Set<string>(), { seeds = 1, examples } = profile;
  let cells = 0, measuring = 0, longestCell = 0, chain = 0;
  const threats = Object.values(columns).flatMap((column) => "surrogate" in column ? [column.surrogate] : []);
  for (const [name, row] of Object.entries(rows)) {
    if (!isMeasured(row)) continue;
    const circumstances = { profile, dataset, seed: 1 };
    let behind = 0;
    for (const spec of specsOf(row, circumstances, { threats })) {
      const id = await idOf(spec), flops = trained.get(id) ?? await trainingFlops(spec);
      if (flops === undefined) uncounted.add(name);
      else {
        trained.set(id, flops);
        behind += flops; // those first that others are made from
      }
    }
    chain = max(chain, behind);
    const needs = Object.values(defenseOf(row).needs(row, circumstances)),
      ids = new Map<string, TrainedSpec>();
    for (const spec of needs) ids.set(await idOf(spec), spec);
    const forwards = await Promise.all([...ids.values()].map(ownForward));
    const draws = defenseOf(row).traits.includes("randomised") ? RANDOM_DRAWS : 1;
    const pass = draws * forwards.reduce((a, b) => a + b, 0);
    for (const column of Object.values(columns)) {
      if (column.kind !== "clean" && column.kind !== "attack") continue;
      if (column.kind === "attack" && !faces(row, column.surrogate)) continue;
      const steps = column.kind === "attack" ? attackSteps(column.attack, profile) : 0;
      const flops = examples * seeds * pass * (2 * steps + 1);
      cells++;
      measuring += flops;
      longestCell = max(longestCell, flops);
    }
  }
  const training = seeds * [...trained.values()].reduce((a, b) => a + b, 0);
  return {
    networks: seeds * trained.size,
    training,
    chain,
    cells,
    measuring,
    longestCell,
    uncounted: [...uncounted],
  };
}

/** Steps of a column's attack, with those that the profile sets. */
function attackSteps(attack: AttackSpec, { attacks }: Profile): number {
  return stepsOf({ ...attack, ...(attacks as Record<string, object>)[attack.attack] } as AttackSpec);
}
