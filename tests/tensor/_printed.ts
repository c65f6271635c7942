/** Runs a script in a process of its own and reads the JSON that it prints; a string is the reason why its engine is not here. */
export async function printed<T>(script: URL, ...args: string[]): Promise<T | string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script.href, ...args],
    env: { GCLN_WEBGPU_SOFTWARE: "1", NO_COLOR: "1" },
  }).output();
  const [text = "", errors = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code === 0) return JSON.parse(text.slice(text.indexOf("{"))); // TensorFlow.js greets first
  const why = /BackendError: (.*)/.exec(errors)?.[1];
  if (why === undefined) throw new Error(`${script.pathname} ${args.join(" ")} failed: ${errors}`);
  return why;
}
