import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../lib/files/mod.ts";
import { UserError } from "../cli/command.ts";
import { run } from "../setup/shell.ts";

const VERSION = "0.11.0";
/** Each file that may come, with its SHA-256. */
const REQUIREMENTS = fileURLToPath(import.meta.resolve("./requirements.txt"));
const HINT = "needed: python3 (3.10 or newer) with pip; on Debian or Ubuntu: apt-get install python3-pip";

/**
 * Where Python finds nbclient, which runs notebooks: the value for `PYTHONPATH`, empty where it is installed.
 *
 * Else it is fetched from PyPI once and kept in the user's cache folder, outside of any Python's own packages.
 *
 * @throws {UserError} Where Python or PyPI is out of reach, with how to get it.
 */
export async function nbclientPath(): Promise<string> {
  const python = await version();
  const folder = join(cacheFolder(), "notebooks", `nbclient-${VERSION}-python${python}`);
  if (existsSync(folder)) return folder;
  const { success } = await new Deno.Command("python3", { args: ["-c", "import nbclient"], stderr: "null" })
    .output();
  if (success) return "";
  console.error(`Fetching nbclient ${VERSION} from PyPI (once)`);
  const temporary = `${folder}.${Deno.pid}`;
  try {
    const flags = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:"];
    await run(
      "python3",
      ["-m", "pip", "install", ...flags, "--target", temporary, "--require-hashes", "-r", REQUIREMENTS],
      HINT,
    );
    await Deno.rename(temporary, folder);
  } catch (error) {
    if (existsSync(folder)) return folder; // another process was faster
    throw new UserError(`Notebooks are run by nbclient, which is not there. ${message(error)}`);
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
  return folder;
}

async function version(): Promise<string> {
  try {
    return (await run("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], HINT)).trim();
  } catch (error) {
    throw new UserError(`Notebooks are run by Python's nbclient. ${message(error)}`);
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
