/**
 * Runs `deno doc --lint` on the entry points and leaves out its errors about TensorFlow.js.
 *
 * The kit exports all of TensorFlow.js as `tf`. The linter asks for documentation inside it, and calls `tf.Tensor` in a
 * signature private, though it is public as a member of `tf`. It also misses the comment on `tf` if a module exports it by name.
 * None of this can be changed here; every other error counts.
 */

/** Types that are public as members of `tf`. */
const OF_TF = /references private type '(Tensor([1-6]D)?|Scalar|Rank|ShapeMap|DataType|NamedTensorMap)'/;

/** The errors of `deno doc --lint` about the kit's own code, one paragraph each. */
export function ownProblems(output: string): string[] {
  return output.split(/^(?=error\[)/m)
    .filter((problem) => problem.startsWith("error["))
    .filter((problem) =>
      !/-->.*(\/node_modules\/|\/lib\/tensor\/tf\.ts:)/.test(problem) && !OF_TF.test(problem)
    )
    .map((problem) => problem.replace(/\n\s*\n[^]*$/, ""));
}

if (import.meta.main) {
  const { exports } = JSON.parse(Deno.readTextFileSync("deno.json")) as { exports: Record<string, string> };
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values(exports)],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const output = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout),
    problems = ownProblems(output);
  const isUnread = !success && !output.includes("error[");
  if (isUnread) console.error(output);
  for (const problem of problems) console.error(`${problem}\n`);
  if (problems.length > 0) console.error(`${problems.length} symbols are not well documented`);
  Deno.exit(problems.length > 0 || isUnread ? 1 : 0);
}
