/** What a call of Deno came to. */
export interface RanDeno {
  readonly success: boolean;
  /** Its output, and after it what it said on standard error, without colours. */
  readonly output: string;
}

/**
 * Calls Deno in a process of its own, without a terminal, and waits for it.
 *
 * @param args Its arguments.
 * @param env Variables of its environment, beside those of this process.
 */
export async function ranDeno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RanDeno> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "2", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { success, output: text.decode(stdout) + text.decode(stderr) };
}
