import { parseArgs } from "@std/cli/parse-args";
import { nearestName } from "../../lib/kinds/mod.ts";
import { failOnLargeFiles } from "./file_limit.ts";

/** A flag of a command. */
export interface Flag {
  /** The type of its value. `boolean`: no value; `strings`: may be given more than once. */
  readonly kind: "boolean" | "string" | "strings" | "number";
  /** Its description in `--help`. */
  readonly help: string;
  /** The word for its value in `--help`; default `NAME`, or `N` for numbers. */
  readonly placeholder?: string;
  /** The allowed values; default: all. */
  readonly choices?: readonly string[];
  /** The value without the flag. */
  readonly default?: string | number;
}

/** Flags by name, without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** The words beside the flags. */
export interface Positionals {
  readonly name: string;
  readonly help: string;
  /** The allowed words; default: all. */
  readonly choices?: readonly string[];
}

/** A command: its name, flags and help. */
export interface Command<F extends Flags> {
  /** The command line that calls it: `deno task reproduce:table1`. */
  readonly name: string;
  /** One or two sentences that say what it does. */
  readonly summary: string;
  readonly flags: F;
  /** The words beside the flags; without this field, such words are an error. */
  readonly positionals?: Positionals;
  readonly examples?: readonly string[];
}

type Value<F extends Flag> = F["kind"] extends "boolean" ? boolean
  : F["kind"] extends "strings" ? readonly string[]
  :
    | (F["kind"] extends "number" ? number : string)
    | (F extends { readonly default: string | number } ? never : undefined);

/** The command line, checked. */
export interface Parsed<F extends Flags> {
  readonly flags: { readonly [K in keyof F]: Value<F[K]> };
  readonly words: readonly string[];
}

/** Thrown for a wrong command line; the message says what is wanted. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown for a mistake that a user can correct; the message is enough, without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/**
 * Checks that a word is known, and returns it.
 *
 * @param what The kind of thing that the word names: `profile`.
 * @throws {UsageError} If it is not; the message has the most similar known word, and all known words.
 */
export function choose<T extends string>(what: string, word: string, known: readonly T[]): T {
  if (known.includes(word as T)) return word as T;
  const meant = nearestName(word, known);
  const guess = meant === undefined ? "." : `: did you mean "${meant}"?`;
  throw new UsageError(`Unknown ${what} "${word}"${guess} Known: ${known.join(", ")}`);
}

/**
 * The values of a command line.
 *
 * @throws {UsageError} For unknown flags and words, and for values that are missing or not allowed.
 */
export function parse<F extends Flags>(command: Command<F>, args: readonly string[]): Parsed<F> {
  const names = Object.keys(command.flags);
  const kind = (...kinds: Flag["kind"][]) =>
    names.filter((name) => kinds.includes(command.flags[name]!.kind));
  const given = parseArgs(args, {
    string: [...kind("string", "strings", "number"), "_"],
    boolean: kind("boolean"),
    collect: kind("strings"),
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) {
        choose(
          "flag",
          arg.split("=")[0]!,
          [...names, "help"].map((name) => `--${name}`),
        );
      }
    },
  }) as Record<string, string | boolean | readonly string[] | undefined> & {
    _: readonly (string | number)[];
  };

  for (const arg of args) {
    const [, name, text] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && command.flags[name]?.kind === "boolean" && !["true", "false"].includes(text!)) {
      throw new UsageError(`--${name} takes no value, but "${text}" was given`);
    }
  }
  const value = (name: string, flag: Flag) => {
    const raw = given[name];
    if (raw === undefined) return flag.default;
    const texts = flag.kind === "boolean" ? [] : [raw].flat() as string[];
    for (const text of texts) {
      if (text === "") throw new UsageError(`--${name} needs a value: ${written(name, flag)}`);
      if (flag.choices) choose(name, text, flag.choices);
    }
    if (flag.kind !== "number") return raw;
    if (!Number.isFinite(Number(raw))) throw new UsageError(`--${name} needs a number, not "${raw}"`);
    return Number(raw);
  };
  const words = given._.map(String), { positionals } = command;
  if (positionals === undefined && words.length > 0) {
    throw new UsageError(
      `"${words[0]}" is not expected here: ${command.name} takes ${
        names.length > 0 ? "flags only" : "nothing"
      }`,
    );
  }
  for (const word of words) {
    if (positionals?.choices) choose(positionals.name.toLowerCase(), word, positionals.choices);
  }
  const flags = Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [name, value(name, flag)]),
  );
  return { flags: flags as Parsed<F>["flags"], words };
}

/** The text of `--help`. */
export function help<F extends Flags>(command: Command<F>): string {
  const { name, summary, flags, positionals, examples = [] } = command;
  const lines = Object.entries(flags).map((
    [flag, spec],
  ): [string, string] => [written(flag, spec), explained(spec)]);
  const words = positionals ? [[`${positionals.name} …`, explained(positionals)] as [string, string]] : [];
  const all = [...words, ...lines, ["--help", "shows this"] as [string, string]];
  const width = Math.max(...all.map(([left]) => left.length));
  return [
    summary,
    "",
    `Usage: ${name}${positionals ? ` [${positionals.name} …]` : ""}${lines.length > 0 ? " [flags]" : ""}`,
    "",
    ...all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(examples.length > 0 ? ["", "Examples:", ...examples.map((example) => `  ${example}`)] : []),
  ].join("\n");
}

function written(name: string, { kind, placeholder }: Flag): string {
  if (kind === "boolean") return `--${name}`;
  return `--${name}=${placeholder ?? (kind === "number" ? "N" : "NAME")}`;
}

function explained(
  spec: Pick<Flag, "help" | "choices" | "default"> & { readonly kind?: Flag["kind"] },
): string {
  const choices = spec.choices ? `: ${spec.choices.join(", ")}` : "";
  const again = spec.kind === "strings" ? "; may be given again" : "";
  const otherwise = spec.default === undefined ? "" : ` (default: ${spec.default})`;
  return `${spec.help}${choices}${again}${otherwise}`;
}

/**
 * Runs a command and ends the process with exit code 0 on success, 1 on failure, 2 for a wrong command line.
 *
 * A mistake that a user can correct is printed as one line, without a stack trace; an error of the program keeps its trace.
 *
 * @param main Does the work; a number that it returns is the exit code.
 */
export async function runCommand<F extends Flags>(
  command: Command<F>,
  main: (parsed: Parsed<F>) => Promise<number | void> | number | void,
  args: readonly string[] = Deno.args,
): Promise<never> {
  failOnLargeFiles();
  const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (flags.includes("--help") || flags.includes("-h")) {
    console.log(help(command));
    Deno.exit(0);
  }
  return Deno.exit(await orExit(command.name, () => main(parse(command, args))) ?? 0);
}

/**
 * The result of some work. If the work fails, the process ends: with 2 for a wrong command line, else with 1.
 *
 * @param name The name of the command, for a hint at its help.
 */
export async function orExit<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee ${name} --help`);
      Deno.exit(2);
    }
    console.error(isMistake(error) ? error : (error as Error).message);
    Deno.exit(1);
  }
}

/** Whether an error is a mistake in the program, whose stack trace is useful, and not a message for the user. */
function isMistake(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  // The kit's own errors of this type say what is wanted; those of JavaScript do not.
  if (error.name === "TypeError") return !/^Cannot .* (is|are) wanted/s.test(error.message);
  return ["Error", "ReferenceError"].includes(error.name);
}
