import { UserError } from "../cli/command.ts";

/** Text as notebooks store it: one string, or one string a line. */
export type Lines = string | readonly string[];

/** What a cell has shown. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  readonly name?: string;
  readonly text?: Lines;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
  readonly traceback?: readonly string[];
  readonly [key: string]: unknown;
}

/** A cell of a notebook. */
export interface NotebookCell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly id?: string;
  readonly source: Lines;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}

/** A notebook file, format 4. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** Text of a field. */
export function joined(lines: Lines): string {
  return typeof lines === "string" ? lines : lines.join("");
}

/** The kernel that the notebooks are written for. */
export const KERNEL = { display_name: "Deno", language: "typescript", name: "deno" } as const;

/**
 * Reads a notebook, and checks that it has the form of one.
 *
 * @param text The file.
 * @param file Its name, for errors.
 * @throws {UserError} Where it is no notebook of format 4; it names the file and the cell.
 */
export function readNotebook(text: string, file: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is no notebook: ${(error as Error).message}`);
  }
  const problem = problemOf(value);
  if (problem) throw new UserError(`${file} is no notebook: ${problem}`);
  return value as Notebook;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isLines(value: unknown): value is Lines {
  return typeof value === "string" || Array.isArray(value) && value.every((line) => typeof line === "string");
}

/** What is wrong with the form of a notebook; nothing where nothing is. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) return "it is no object";
  if (value.nbformat !== 4) return `its nbformat is ${JSON.stringify(value.nbformat)}, 4 is wanted`;
  if (!isObject(value.metadata)) return "it has no metadata";
  if (value.metadata.language_info !== undefined && !isObject(value.metadata.language_info)) {
    return "its language_info is no object";
  }
  if (!Array.isArray(value.cells)) return "it has no list of cells";
  for (const [i, cell] of value.cells.entries()) {
    const problem = cellProblem(cell);
    if (problem) return `cell ${i + 1} ${problem}`;
  }
  return undefined;
}

function cellProblem(cell: unknown): string | undefined {
  if (!isObject(cell)) return "is no object";
  if (!["code", "markdown", "raw"].includes(cell.cell_type as string)) {
    return "has no cell_type that is known";
  }
  if (cell.id !== undefined && typeof cell.id !== "string") return "has an id that is no text";
  if (!isLines(cell.source)) return "has no source: text, or a list of lines";
  if (!isObject(cell.metadata)) return "has no metadata";
  if (cell.cell_type !== "code" || cell.outputs === undefined) return undefined;
  if (!Array.isArray(cell.outputs)) return "has outputs that are no list";
  for (const [i, output] of cell.outputs.entries()) {
    const known = ["stream", "display_data", "execute_result", "error"];
    const isFit = isObject(output) && known.includes(output.output_type as string) &&
      (output.text === undefined || isLines(output.text)) &&
      (output.traceback === undefined || Array.isArray(output.traceback) && isLines(output.traceback)) &&
      (output.data === undefined || isObject(output.data) && hasTexts(output.data));
    if (!isFit) return `has an output ${i + 1} that has not the form of one`;
  }
  return undefined;
}

/** Whether what an output shows as text is text. */
function hasTexts(data: Record<string, unknown>): boolean {
  return Object.entries(data).every(([type, value]) =>
    isLines(value) || !type.startsWith("text/") && type !== "image/svg+xml"
  );
}

/**
 * A notebook as it belongs into git, so that a difference shows what has changed and nothing else.
 *
 * Counts of executions are null, ids are kept, timings, colours and this machine's paths are gone, keys are sorted as
 * Jupyter sorts them.
 *
 * @param text The file.
 * @param root The project's folder on this machine; its path becomes `.` in outputs.
 * @param file Its name, for errors.
 * @throws {UserError} Where it is no notebook.
 */
export function normalise(text: string, root: string, file = "the file"): string {
  const notebook = readNotebook(text, file);
  const { language_info, ...metadata } = notebook.metadata as { language_info?: Record<string, unknown> };
  const { version: _, ...language } = language_info ?? {};
  const cells = notebook.cells.map((cell, index) => normalCell(cell, index, root));
  const normal = {
    cells,
    metadata: {
      ...metadata,
      kernelspec: KERNEL,
      language_info: { name: "typescript", file_extension: ".ts", ...language },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return JSON.stringify(sorted(normal), null, 1) + "\n";
}

const TIMINGS = ["execution", "ExecuteTime"];

function normalCell(cell: NotebookCell, index: number, root: string): NotebookCell {
  const metadata = Object.fromEntries(
    Object.entries(cell.metadata).filter(([key]) => !TIMINGS.includes(key)),
  );
  const common = {
    cell_type: cell.cell_type,
    id: cell.id ?? `cell-${index + 1}`,
    metadata,
    source: split(joined(cell.source).trimEnd()),
  };
  if (cell.cell_type !== "code") return common;
  return {
    ...common,
    execution_count: null,
    outputs: merged(cell.outputs ?? []).filter(isSeen).map((o) => normalOutput(o, root)),
  };
}

/** Whether there is anything to see: a progress bar that is done leaves an empty display behind. */
function isSeen({ output_type, data = {} }: Output): boolean {
  const isText = (value: unknown) => typeof value === "string" || Array.isArray(value);
  return output_type !== "display_data" ||
    Object.values(data).some((value) => !isText(value) || joined(value as Lines).trim() !== "");
}

/** Puts pieces of one stream together, which arrive cut at random. */
function merged(outputs: readonly Output[]): Output[] {
  const result: Output[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      result[result.length - 1] = { ...last, text: joined(last.text ?? "") + joined(output.text ?? "") };
    } else result.push(output);
  }
  return result;
}

function normalOutput(output: Output, root: string): Output {
  const { text, data, traceback, transient: _, ...rest } = output;
  const tidy = (value: string) => plain(value).replaceAll(`file://${root}`, ".").replaceAll(root, ".");
  const normalData = (type: string, value: unknown) => {
    const isText = type.startsWith("text/") || type === "image/svg+xml";
    return isText ? split(tidy(joined(value as Lines))) : typeof value === "string" ? value.trimEnd() : value;
  };
  return {
    ...rest,
    ...("execution_count" in rest ? { execution_count: null } : {}),
    ...(text === undefined ? {} : { text: split(tidy(joined(text))) }),
    ...(traceback === undefined ? {} : { traceback: traceback.map(tidy) }),
    ...(data === undefined ? {} : {
      data: Object.fromEntries(
        Object.entries(data).map(([type, value]) => [type, normalData(type, value)]),
      ),
    }),
  };
}

/** Text without the codes that colour it in terminals. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}

/** One string a line, as Jupyter writes it. */
function split(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, v]) => [key, sorted(v)]));
}
