/** `deno task notebook`: opens the notebooks in Jupyter, with the Deno that runs this as the kernel. It installs nothing. */
import { type Command, type Flags, runCommand, UserError } from "./cli/command.ts";
import { kernelFolder } from "./notebooks/kernel.ts";

const command = {
  name: "deno task notebook",
  summary: "Opens the notebooks in Jupyter Lab, or in Jupyter Notebook where Lab is not installed.",
  positionals: {
    name: "FILE",
    help: "a notebook or folder (default: notebooks), and flags for Jupyter after --",
  },
  flags: { port: { kind: "number", help: "Jupyter's port" } },
  examples: ["deno task notebook notebooks/table1.ipynb", "deno task notebook -- --no-browser"],
} as const satisfies Command<Flags>;

const HOW_TO_INSTALL = "Jupyter is not installed. One of these gets it:\n" +
  "  pip install jupyterlab\n" +
  "  pipx install jupyterlab\n" +
  "  apt-get install jupyter-notebook     (Debian, Ubuntu)\n" +
  "VS Code's Jupyter extension works too: `deno jupyter --install` once, then choose the kernel Deno.";

/** Jupyter Lab if it is installed, else Jupyter Notebook. */
async function jupyter(): Promise<string> {
  for (const name of ["jupyter-lab", "jupyter-notebook"]) {
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new UserError(HOW_TO_INSTALL);
}

await runCommand(command, async ({ flags: { port }, words }) => {
  const program = await jupyter();
  const paths = [await kernelFolder(), Deno.env.get("JUPYTER_PATH") ?? ""].filter(Boolean);
  const target = words.some((word) => !word.startsWith("-")) ? [] : ["notebooks"];
  const process = new Deno.Command(program, {
    args: [...(port === undefined ? [] : [`--port=${port}`]), ...target, ...words],
    env: { JUPYTER_PATH: paths.join(Deno.build.os === "windows" ? ";" : ":") },
  }).spawn();
  return (await process.status).code;
});
