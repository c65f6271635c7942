/**
 * What every lesson has, and how it goes with its solution.
 *
 * A lesson `lessons/NN_name.ipynb` has three cells with the ids `exercise-1`, `exercise-2`, `exercise-3`, each of which
 * ends in `await exercise("N.1", answer)`. Its solution `lessons/solutions/NN_name.ipynb` is the same notebook with other
 * code in these cells, and perhaps cells of its own whose ids begin with `answer-`.
 */
import { existsSync } from "node:fs";
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { answersIn } from "../../scripts/notebooks/answers.ts";
import { joined, type Notebook, type NotebookCell } from "../../scripts/notebooks/notebook_file.ts";

const FOLDER = new URL("../../notebooks/lessons/", import.meta.url);

function lessonsIn(folder: URL): Map<string, Notebook> {
  if (!existsSync(folder)) return new Map();
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".ipynb")
  );
  const read = (name: string) => JSON.parse(Deno.readTextFileSync(new URL(name, folder)));
  return new Map(names.sort().map((name) => [name, read(name)]));
}

function isExercise({ cell_type, id }: NotebookCell): boolean {
  return cell_type === "code" && /^exercise-/.test(id!);
}

function sourcesOf({ cells }: Notebook): [string, string][] {
  const shared = cells.filter((cell) => !isExercise(cell) && !/^answer-/.test(cell.id!));
  return shared.map(({ id, source }) => [id!, joined(source)]);
}

const lessons = lessonsIn(FOLDER), solutions = lessonsIn(new URL("solutions/", FOLDER));

Deno.test("each lesson has a solution, and each solution a lesson", () => {
  assertEquals([...solutions.keys()], [...lessons.keys()]);
});

for (const [name, lesson] of lessons) {
  const number = Number(name.slice(0, 2)), numbers = [1, 2, 3].map((i) => `${number}.${i}`);
  const solution = solutions.get(name);

  Deno.test(`${name} begins with its goals, has questions to answer before a cell is run, and ends with further reading`, () => {
    const texts = lesson.cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) =>
      joined(source)
    );
    assertMatch(texts[0]!, new RegExp(`^# ${number}\\. `));
    assertMatch(texts[0]!, /## Goals/);
    assertMatch(texts.at(-1)!, /## Further reading/);
    assertGreater(texts.join("\n").split("Predict before you run").length, 2);
  });

  Deno.test(`${name} asks its three exercises, which wait for an answer`, () => {
    const asked = lesson.cells.filter(isExercise).map(({ id, source }) => {
      return [id, /\bexercise\("([^"]*)"/.exec(joined(source))?.[1]];
    });
    assertEquals(asked, numbers.map((number, i) => [`exercise-${i + 1}`, number]));
    assertEquals(
      answersIn(lesson).map(({ number, right }) => [number, right]),
      numbers.map((n) => [n, null]),
    );
  });

  Deno.test(`the solution of ${name} is the lesson with other code in its exercises, all of which are right`, () => {
    assertEquals(sourcesOf(solution!), sourcesOf(lesson));
    assertEquals(
      answersIn(solution!).map(({ number, right }) => [number, right]),
      numbers.map((n) => [n, true]),
    );
  });

  Deno.test(`${name} and its solution are small files`, () => {
    const bytes = (notebook: Notebook) => JSON.stringify(notebook).length;
    assertGreater(600_000, bytes(lesson));
    assertGreater(100_000, bytes(solution!));
    assert(!JSON.stringify(solution).includes('"image/png"'));
  });
}
