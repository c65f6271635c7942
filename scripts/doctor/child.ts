import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  /** What killed it. */
  readonly signal: string | null;
}

/** Runs a command in the checkout; undefined where there is no such command. A minute is the most it may take. */
export async function ran(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended | undefined> {
  try {
    const { code, signal, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      cwd: ROOT,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    }).output();
    const text = new TextDecoder();
    return { code, signal, out: text.decode(stdout).trim(), err: text.decode(stderr).trim() };
  } catch {
    return undefined;
  }
}

/** Runs code of the kit in a process of its own, which may crash. */
export async function ranCode(code: string, env: Record<string, string> = {}): Promise<Ended> {
  return await ran(Deno.execPath(), ["eval", "--no-lock", code], env) ??
    { code: 1, signal: null, out: "", err: "it did not end within a minute" };
}

/** The line of an error that says what it is. */
export function lastError(err: string): string {
  const all = err.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !line.startsWith("at ")
  );
  return all.find((line) => /^error|Error:/.test(line))?.replace(/^error: (\(in promise\) )?/, "") ??
    all.at(-1) ?? "no reason";
}
