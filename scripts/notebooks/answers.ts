import { joined, type Notebook } from "./notebook_file.ts";

/** The media type in which a cell of a lesson says whether the answer to an exercise is right. */
const EXERCISE = "application/vnd.gcln.exercise+json";

/** What a notebook has shown about one exercise. */
export interface Answer {
  /** The exercise: "3.2". */
  readonly number: string;
  /** Null if there was no answer yet. */
  readonly right: boolean | null;
  /** What the student read. */
  readonly message: string;
}

/** What the exercises of a notebook have said, in order of their cells. */
export function answersIn({ cells }: Notebook): Answer[] {
  const shown = cells.flatMap(({ outputs = [] }) => outputs.map(({ data }) => data?.[EXERCISE]));
  return shown.filter((answer) => answer !== undefined) as Answer[];
}

/**
 * What is wrong with the answers of a notebook that holds solutions: one line for each exercise that is asked in a cell
 * and not answered right; undefined where there is nothing.
 */
export function wrongAnswers(notebook: Notebook): string | undefined {
  const answers = answersIn(notebook);
  const asked = notebook.cells.filter(({ cell_type }) => cell_type === "code")
    .flatMap(({ source }) =>
      [...joined(source).matchAll(/\bexercise\("([^"]*)"/g)].map(([, number]) => number!)
    );
  const lines = asked.flatMap((number) => {
    const answer = answers.find((answer) => answer.number === number);
    if (answer === undefined) return `exercise ${number} has shown nothing`;
    return answer.right ? [] : `exercise ${number} is not solved: ${answer.message}`;
  });
  return lines.length > 0 ? lines.join("\n") : undefined;
}
