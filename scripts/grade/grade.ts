import { exercisesOf, hasSeal, type Outcome, OUTCOME_TYPE } from "../../lib/course/mod.ts";
import { plain } from "../notebooks/notebook_file.ts";
import { exercisesNamed, type HandIn } from "./hand_ins.ts";
import { type Executed, type Limits, runLimited } from "./run_limited.ts";

/** What came of an exercise in one hand-in. */
export type Result = "right" | "wrong" | "not answered";

/** The grade of a hand-in. */
export interface Grade {
  readonly student: string;
  readonly notebook: string;
  readonly file: string;
  /** What came of each exercise, by its number. */
  readonly results: Readonly<Record<string, Result>>;
  /** What a teacher should look at; one sentence each. */
  readonly remarks: readonly string[];
  /** The notebook with what its cells have shown; undefined where it did not run. */
  readonly executed?: Executed["notebook"];
}

/**
 * Runs a hand-in and reads what its exercises say. The last word on an exercise counts.
 *
 * @param handIn A notebook, or what was found in its place.
 * @param limits What it may use.
 */
export async function grade(handIn: HandIn, limits: Limits): Promise<Grade> {
  const { student, notebook, file, content, fault } = handIn, who = { student, notebook, file };
  if (content === undefined) return { ...who, results: {}, remarks: [`not run: ${fault}`] };
  const named = exercisesNamed(content);
  // A student who deletes an exercise has not answered it.
  const asked = [
    ...new Set([...named.flatMap((number) => exercisesOf(number).map(({ number }) => number)), ...named]),
  ];
  if (asked.length === 0) return { ...who, results: {}, remarks: ["not run: no exercise in it"] };
  const secret = crypto.randomUUID(), executed = await runLimited(content, limits, secret);
  const outcomes = outcomesIn(executed.notebook),
    results: Record<string, Result> = {},
    remarks = endOf(executed, limits);
  for (const number of asked) results[number] = "not answered";
  for (const { number, right } of await keep(outcomes, (outcome) => hasSeal(outcome, secret))) {
    results[number] = right === null ? "not answered" : right ? "right" : "wrong";
  }
  const typed = await keep(outcomes, async (outcome) => !await hasSeal(outcome, secret));
  for (const number of new Set(typed.map(({ number }) => number))) {
    remarks.push(`${number}: shows a result that exercise() has not made; it does not count`);
  }
  return {
    ...who,
    results,
    remarks: [...remarks, ...errorsIn(executed.notebook)],
    executed: executed.notebook,
  };
}

function outcomesIn({ cells }: Executed["notebook"]): Outcome[] {
  return cells.flatMap(({ outputs = [] }) => outputs.map(({ data }) => data?.[OUTCOME_TYPE])).filter(
    isOutcome,
  );
}

function isOutcome(value: unknown): value is Outcome {
  const { number, right, message, seal } = Object(value) as Record<string, unknown>;
  return typeof number === "string" && /^[\w.-]{1,40}$/.test(number) && typeof message === "string" &&
    (right === null || typeof right === "boolean") && (seal === undefined || typeof seal === "string");
}

async function keep<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(values.map(test));
  return values.filter((_, i) => kept[i]);
}

function endOf({ ended, cell, stopped }: Executed, limits: Limits): string[] {
  const said = stopped.map((cell) => `cell ${cell} was stopped after ${limits.cellSeconds} s`);
  const why = {
    time: `took too long (more than ${limits.cellSeconds} s in a cell, or ${limits.seconds} s in all)`,
    memory: `used more than ${Math.round(limits.memory / 1e6)} MB of memory`,
    output: `showed more than ${limits.output / 1e6} MB`,
    exit: "ended the kernel (Deno.exit, or a crash)",
  };
  return ended === null ? said : [...said, `cell ${cell} ${why[ended]}; the cells after it did not run`];
}

function errorsIn({ cells }: Executed["notebook"]): string[] {
  return cells.flatMap(({ outputs = [] }, i) =>
    outputs.filter(({ output_type }) => output_type === "error").map(({ ename, evalue }) => {
      const said = plain(`${ename}: ${evalue}`).replace(/\s+/g, " ").trim();
      return `cell ${i + 1} has an error: ${said.length > 100 ? `${said.slice(0, 97)}...` : said}`;
    })
  );
}
