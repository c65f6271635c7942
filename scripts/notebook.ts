/**
 * `deno task notebook`: opens copies of the notebooks in Jupyter, with the Deno that runs this as the kernel.
 *
 * It installs nothing, and running the copies changes no file that Git knows.
 */
import { existsSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { type Command, type Flags, runCommand, UsageError, UserError } from "./cli/command.ts";
import { type Copied, COPIES, copyNotebooks, freshCopy } from "./notebooks/copies.ts";
import { FOLDER, notebooksNamed } from "./notebooks/find.ts";
import { kernelFolder } from "./notebooks/kernel.ts";

const command = {
  name: "deno task notebook",
  summary: "Opens the notebooks in Jupyter Lab, or in Jupyter Notebook where Lab is not installed.\n\n" +
    `What opens are copies in the folder ${COPIES}, which Git does not see. A copy that you have changed is never\n` +
    "written over; --fresh puts the kit's notebook in its place and keeps yours beside it.",
  positionals: {
    name: "NOTEBOOK",
    help: "one to open, by name or path: table1, table1.ipynb, lessons/03_fgs_to_pgd (default: all)",
  },
  flags: {
    fresh: {
      kind: "boolean",
      help: "puts the kit's notebook in place of your copy, which is kept beside it",
    },
    copy: { kind: "boolean", help: "makes the copies and does not open Jupyter" },
    originals: { kind: "boolean", help: "opens the kit's own files, for those who write notebooks" },
    port: { kind: "number", help: "Jupyter's port" },
    "no-browser": {
      kind: "boolean",
      help: "starts Jupyter without opening a browser, and prints the address",
    },
  },
  examples: [
    "deno task notebook",
    "deno task notebook table1",
    "deno task notebook table1 --fresh",
    "deno task notebook --no-browser --port=8899",
    "deno task notebook -- --ip=0.0.0.0       what stands behind -- goes to Jupyter",
  ],
} as const satisfies Command<Flags>;

const HOW_TO_INSTALL = "Jupyter is not installed. One of these gets it:\n" +
  "  pip install jupyterlab\n" +
  "  pipx install jupyterlab              where pip says: externally-managed-environment\n" +
  "  apt-get install jupyter-notebook     Debian, Ubuntu\n" +
  "Then run this command again. " +
  "VS Code's Jupyter extension works too: `deno jupyter --install` once, then choose the kernel Deno. Open the copies in\n" +
  `${COPIES}, which \`deno task notebook --copy\` makes.`;

/** Jupyter Lab if it is installed, else Jupyter Notebook. Asking takes seconds, so it says what begins. */
async function jupyter(): Promise<string> {
  for (const name of ["jupyter-lab", "jupyter-notebook"]) {
    try {
      const asked = new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).spawn();
      console.error(`Starting ${name}, which opens in the browser. Ctrl-C here, twice, ends it.`);
      if ((await asked.status).success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new UserError(HOW_TO_INSTALL);
}

/** The file or folder that a word means, and its name within the kit's notebooks if it is one of them. */
function named(word: string): { readonly path: string; readonly name?: string } {
  const isOwn = word.startsWith(`${COPIES}/`) || word.startsWith(`./${COPIES}/`);
  if (isOwn && existsSync(word)) return { path: word };
  if (isOwn) return named(word.replace(/^(\.\/)?[^/]+\//, ""));
  const folders = [word, join(FOLDER, word)].filter((path) =>
    existsSync(path) && statSync(path).isDirectory()
  );
  const path = folders[0] ?? notebooksNamed(word)[0]!, name = relative(FOLDER, path);
  return name.startsWith("..") ? { path } : { path, name };
}

function said({ added, updated, outdated }: Copied): string[] {
  const count = (names: readonly string[]) => names.length === 1 ? names[0]! : `${names.length} notebooks`;
  return [
    ...(added.length > 0 ? [`Copied into ${COPIES}: ${count(added)}`] : []),
    ...(updated.length > 0
      ? [`Renewed in ${COPIES}, where you had changed nothing: ${updated.join(", ")}`]
      : []),
    ...outdated.map((name) =>
      `The kit has a newer ${name}; yours stays. To get the new one: deno task notebook ${name} --fresh`
    ),
  ];
}

/** What Jupyter opens: the user's copy of a notebook of the kit, or the file itself. */
async function targetOf(word: string | undefined, fresh: boolean): Promise<string> {
  const folders = { from: FOLDER, to: COPIES };
  said(await copyNotebooks(folders)).forEach((line) => console.log(line));
  const { path, name } = word === undefined ? { path: FOLDER, name: "" } : named(word);
  const isNotebook = path.endsWith(".ipynb");
  if (fresh && (name === undefined || !isNotebook)) {
    throw new UsageError(
      "--fresh needs the name of one of the kit's notebooks: deno task notebook table1 --fresh",
    );
  }
  if (name === undefined) return path;
  // Solutions are copied when they are asked for.
  if (fresh || isNotebook && !existsSync(join(COPIES, name))) {
    const kept = await freshCopy(name, folders);
    console.log(
      `${join(COPIES, name)} is the kit's now${
        kept === undefined ? "" : `; yours is kept as ${join(COPIES, kept)}`
      }`,
    );
  }
  return existsSync(join(COPIES, name)) ? join(COPIES, name) : path;
}

/** Jupyter answers Ctrl-C by a question: whoever started it must stay, or the terminal would not belong to it any more. */
function leftToJupyter(): Disposable {
  const stay = () => {};
  Deno.addSignalListener("SIGINT", stay);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", stay) };
}

const split = Deno.args.indexOf("--"), ours = split < 0 ? Deno.args : Deno.args.slice(0, split);
const forJupyter = split < 0 ? [] : Deno.args.slice(split + 1);

await runCommand(command, async ({ flags, words: [word, ...others] }) => {
  if (others.length > 0) {
    throw new UsageError(
      `One notebook at a time: ${basename(others[0]!)} can be opened from Jupyter's list of files`,
    );
  }
  const { port, fresh, copy, originals } = flags;
  const target = originals ? (word === undefined ? FOLDER : named(word).path) : await targetOf(word, fresh);
  if (copy) return;
  const program = await jupyter();
  const paths = [await kernelFolder(), Deno.env.get("JUPYTER_PATH") ?? ""].filter(Boolean);
  using _ = leftToJupyter();
  const process = new Deno.Command(program, {
    args: [
      ...(port === undefined ? [] : [`--port=${port}`]),
      ...(flags["no-browser"] ? ["--no-browser"] : []),
      ...forJupyter,
      target,
    ],
    env: { JUPYTER_PATH: paths.join(Deno.build.os === "windows" ? ";" : ":") },
  }).spawn();
  return (await process.status).code;
}, ours);
