import { fileURLToPath } from "node:url";
import { KIT_VERSION } from "../../files/mod.ts";

export { KIT_VERSION };

/** Which kit made a result. */
export interface KitState {
  /** The kit's version. */
  readonly kit: string;
  /** The commit of the kit's own repository; `with changes` where tracked files differ from it. */
  readonly commit?: string;
}

/** What decides on numbers: a change elsewhere (documents, notebooks) is no change of the kit. */
const CODE = [
  "lib",
  "scripts",
  "mod.ts",
  "deno.json",
  "deno.lock",
  "fixtures/trained",
  "fixtures/trained_sha256.json",
  "fixtures/paper",
];

const known = new Map<string, Promise<KitState>>();

/**
 * The version of the kit, and the commit where it can be known: the kit lies in a git repository of its own, git is installed,
 * and this process may run it. It is looked up once for each process, and nothing is asked of the user.
 *
 * @param root The folder of the kit.
 */
export function kitState(root: URL = new URL("../../../", import.meta.url)): Promise<KitState> {
  const found = known.get(root.href) ?? stateOf(root);
  known.set(root.href, found);
  return found;
}

async function stateOf(root: URL): Promise<KitState> {
  const commit = (await git(root, ["rev-parse", "--verify", "--quiet", "HEAD"]))?.trim();
  if (!commit) return { kit: KIT_VERSION };
  const changes = await git(root, ["status", "--porcelain", "--untracked-files=no", "--", ...CODE]);
  return { kit: KIT_VERSION, commit: changes ? `${commit} with changes` : commit };
}

/** What git prints about this very folder; undefined where it has nothing to say. */
async function git(root: URL, args: readonly string[]): Promise<string | undefined> {
  if (root.protocol !== "file:") return undefined;
  const { state } = await Deno.permissions.query({ name: "run", command: "git" });
  if (state !== "granted") return undefined;
  // With the folder named, a repository around the kit is not taken for the kit's own.
  const folder = fileURLToPath(new URL(".", root)), repository = fileURLToPath(new URL(".git", root));
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["--git-dir", repository, "--work-tree", folder, ...args],
      cwd: folder,
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}
