import { type BackendName, tf } from "../../../lib/tensor/mod.ts";
import { type Failure, failureOf } from "./compare.ts";
import { drawProgram } from "./draw.ts";
import { type Program, source } from "./program.ts";
import { examinedProgram, shrunk } from "./shrink.ts";

/** A program that gives something else than on plain `cpu`, made small. */
export interface Failing extends Failure {
  readonly seed: number;
  readonly program: Program;
  /** The small program, as one can run it. */
  readonly source: string;
}

/** What was found so far. */
export interface Tried {
  /** Programs that were run. */
  programs: number;
  /** Outputs whose numbers could be compared, and those where rounding may change too much. */
  compared: number;
  loose: number;
}

/** How programs are tried. */
export interface Trial {
  readonly from: number;
  readonly programs: number;
  readonly engines: readonly BackendName[];
  readonly tried?: Tried;
}

/** The programs of some seeds that fail on an engine, compiled or not. */
export async function* failing({ from, programs, engines, tried }: Trial): AsyncGenerator<Failing> {
  for (let seed = from; seed < from + programs; seed++) {
    await tf.setBackend("cpu");
    const program = drawProgram(seed), expected = await examinedProgram(program);
    if (expected === undefined) throw new Error(`Program ${seed} is no fair test`);
    if (tried) {
      const tolerances = expected.tolerances.flat(),
        loose = tolerances.filter((one) => one === undefined).length;
      tried.programs++;
      tried.compared += tolerances.length - loose;
      tried.loose += loose;
    }
    for (const engine of engines) {
      const failure = await failureOf(program, expected, engine);
      if (failure === undefined) continue;
      const small = await shrunk(program, failure, engine);
      yield { seed, ...small.failure, program: small.program, source: source(small.program, engine) };
    }
  }
}
