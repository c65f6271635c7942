import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { KIT_VERSION, kitState } from "../../lib/experiments/reproduce/kit_state.ts";

/** A folder with one tracked file of code, and one commit; removed afterwards. */
async function inRepository(test: (folder: string, root: URL) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/lib`);
    await Deno.writeTextFile(`${folder}/lib/one.ts`, "1;\n");
    await Deno.writeTextFile(`${folder}/notes.md`, "one\n");
    await git(folder, "init", "--quiet");
    await git(folder, "add", ".");
    const who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    await git(folder, ...who, "commit", "--quiet", "--no-verify", "--message=one");
    await test(folder, rootOf(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const rootOf = (folder: string) => pathToFileURL(`${folder}/`);

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("The version in results is the one in deno.json", () => {
  const { version } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  assertEquals(KIT_VERSION, version);
});

Deno.test("A kit in a repository of its own tells its commit", () =>
  inRepository(async (folder, root) => {
    assertEquals(await kitState(root), { kit: KIT_VERSION, commit: await git(folder, "rev-parse", "HEAD") });
  }));

Deno.test("Changed code is told beside the commit, a changed document is not", () =>
  inRepository(async (folder, root) => {
    const commit = await git(folder, "rev-parse", "HEAD");
    await Deno.writeTextFile(`${folder}/notes.md`, "two\n");
    await Deno.writeTextFile(`${folder}/lib/untracked.ts`, "1;\n");
    assertEquals((await kitState(root)).commit, commit);
    await Deno.writeTextFile(`${folder}/lib/one.ts`, "2;\n");
    assertEquals((await kitState(new URL("?again", root))).commit, `${commit} with changes`);
  }));

Deno.test("A kit inside another repository tells no commit", () =>
  inRepository(async (folder) => {
    assertEquals(await kitState(rootOf(`${folder}/lib`)), { kit: KIT_VERSION });
  }));

Deno.test("A kit without a repository, or on a server, tells its version alone", async () => {
  const folder = await Deno.makeTempDir();
  assertEquals(await kitState(rootOf(folder)), { kit: KIT_VERSION });
  assertEquals(await kitState(new URL("https://example.org/kit/")), { kit: KIT_VERSION });
  await Deno.remove(folder);
});

Deno.test("Without the permission to run git nothing is asked, and there is no commit", async () => {
  const code = `import { kitState } from ${
    JSON.stringify(new URL("../../lib/experiments/reproduce/kit_state.ts", import.meta.url).href)
  }; console.log(JSON.stringify(await kitState()))`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, code);
  const closed = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-prompt", "--allow-import", file],
    stdin: "null",
  }).output();
  assertEquals(JSON.parse(new TextDecoder().decode(closed.stdout)), { kit: KIT_VERSION });
  await Deno.remove(file);
});
