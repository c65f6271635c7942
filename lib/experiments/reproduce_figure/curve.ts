import { type Measurement, stepCurve, type StepPoint, zeroGradientShare } from "../../evaluation/mod.ts";
import { type Passes, passes } from "../../tensor/mod.ts";
import { type Contestant, contestant } from "../contestant.ts";
import type { FigureCurve } from "../figure.ts";
import {
  aboutOf,
  applies,
  keyOf,
  measured,
  seedOf,
  settled,
  surrogateOf,
  threatsIn,
} from "../reproduce/cell.ts";
import { forgetAttacksOn, isMeasured, type Run } from "../reproduce/runs.ts";
import { type Place, placesOf } from "./places.ts";

/** A curve from one seed, a measurement for each of its points. */
export async function curveFrom(
  run: Run,
  label: string,
  curve: FigureCurve,
): Promise<readonly (Measurement | undefined)[]> {
  const places = placesOf(curve).map((place) => ({
    ...place,
    column: settled(place.column, run.setting.profile),
  }));
  const alike = Map.groupBy(places, ({ row }) => JSON.stringify(row)); // over q each is another network
  const found: (Measurement | undefined)[] = [];
  for (const group of alike.values()) {
    const [{ row, column }] = group as [Place];
    if (!isMeasured(row)) {
      found.push(...group.map(() => undefined));
      continue;
    }
    const who = await contestant(row, run.setting, { threats: threatsIn([column]), networks: run.networks });
    try {
      found.push(
        ...curve.over === "steps"
          ? await stepsFrom(run, label, curve, group, who)
          : await eachFrom(run, label, group, who),
      );
    } finally {
      forgetAttacksOn(who, run);
      who.dispose();
    }
  }
  return found;
}

/** Points that are cells of their own. */
async function eachFrom(run: Run, label: string, places: readonly Place[], who: Contestant) {
  const found: (Measurement | undefined)[] = [];
  for (const { x, column } of places) found.push(await measured(run, `${label}, ${x}`, column, who));
  return found;
}

/**
 * Points of one run of an attack. Each is kept under the key of a cell whose attack has so many steps, since it is one; if
 * any is missing, the run is made once for all.
 */
async function stepsFrom(
  run: Run,
  label: string,
  curve: Extract<FigureCurve, { readonly over: "steps" }>,
  places: readonly Place[],
  who: Contestant,
): Promise<(Measurement | undefined)[]> {
  const { restarts = 1, stop = "at the end" } = curve.attack as { restarts?: number; stop?: string };
  if (restarts > 1 || stop !== "at the end") {
    throw new RangeError(
      `Cannot follow ${curve.attack.attack} step by step where it restarts or stops on success: one run to its end is wanted`,
    );
  }
  if (!applies(places[0]!.column, who)) return places.map(() => undefined);
  let made: Promise<readonly Measurement[]> | undefined;
  const found: Measurement[] = [];
  for (const [i, { column }] of places.entries()) {
    const make = async () => (await (made ??= oneRun(run, label, curve, places, who)))[i]!;
    found.push(await run.cells.get(keyOf(run, column, who), make, await aboutOf(run, column, who)));
  }
  return found;
}

async function oneRun(
  run: Run,
  label: string,
  { attack, at }: Extract<FigureCurve, { readonly over: "steps" }>,
  [first]: readonly Place[],
  who: Contestant,
): Promise<Measurement[]> {
  const { setting: { training: { progress, signal } }, test } = run, listens = signal ? { signal } : {};
  const surrogate = await surrogateOf(first!.column, who);
  const before = passes(), started = performance.now();
  const points = await stepCurve(who.victim, test, attack, {
    steps: at,
    surrogate,
    seed: seedOf(run),
    ...(progress ? { progress: progress(label) } : {}),
    ...listens,
  });
  const seconds = (performance.now() - started) / 1000, spent = since(before);
  const zeroGradient = await zeroGradientShare(surrogate, test, listens);
  return points.map(({ steps, correct }: StepPoint) => {
    const share = steps / Math.max(1, at.at(-1)!); // of the one run
    return { correct, zeroGradient, seconds: seconds * share, passes: scaled(spent, share) };
  });
}

function since({ forward, backward }: Passes): Passes {
  const now = passes();
  return { forward: now.forward - forward, backward: now.backward - backward };
}

function scaled({ forward, backward }: Passes, share: number): Passes {
  return { forward: Math.round(forward * share), backward: Math.round(backward * share) };
}
