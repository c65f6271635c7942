/** A set-up step that failed; the message tells a newcomer what to do. */
export class SetupError extends Error {}

/** Runs a command and returns what it printed; `hint` says how to get the command where it is missing. */
export async function run(
  command: string,
  args: readonly string[],
  hint: string,
  env: Record<string, string> = {},
): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(command, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    })
      .output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new SetupError(`${command} was not found (${hint})`);
    throw error;
  }
  const text = new TextDecoder();
  if (output.success) return text.decode(output.stdout);
  const reason = (text.decode(output.stderr) || text.decode(output.stdout)).trim().split("\n").slice(-4).join(
    " | ",
  );
  throw new SetupError(
    `${command} ${args.slice(0, 3).join(" ")} … failed with ${output.code}: ${reason} (${hint})`,
  );
}
