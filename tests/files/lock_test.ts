import { assert, assertEquals } from "@std/assert";
import { isLocked, withLock } from "@gcln/kit/files";
import { inFolder } from "../_in_folder.ts";

/** A process that takes a lock, adds a line to a file, waits and adds another one; or waits to be killed. */
const holder = new URL("./_holder.ts", import.meta.url).pathname;

function hold(folder: string, name: string, milliseconds: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", holder, folder, name, `${milliseconds}`],
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

Deno.test("withLock() lets processes work one after the other, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    const all = ["a", "b", "c"].map((name) => hold(folder, name, 50));
    for (const process of all) {
      await process.stdout.cancel();
      assertEquals((await process.status).code, 0);
    }
    const lines = (await Deno.readTextFile(`${folder}/lines`)).trim().split("\n");
    assertEquals(lines.length, 6);
    for (let i = 0; i < 6; i += 2) assertEquals(lines[i], lines[i + 1]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["lines"]);
  }));

Deno.test("a killed process does not keep its lock", () =>
  inFolder(async (folder) => {
    const process = hold(folder, "killed", 600_000), words = process.stdout.getReader();
    await words.read(); // it says that it has the lock
    assert(await isLocked(`${folder}/lock`));
    process.kill("SIGKILL");
    await process.status;
    await words.cancel();
    assertEquals(await isLocked(`${folder}/lock`), false);
    assertEquals(await withLock(`${folder}/lock`, () => Promise.resolve(5)), 5);
  }));

Deno.test("withLock() does its work without a lock where none can be made", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assertEquals(await withLock(`${folder}/file/lock`, () => Promise.resolve(5)), 5);
  }));

Deno.test("a program's stop button lets go the locks of work that was ended in the middle", () =>
  inFolder(async (folder) => {
    const scope = globalThis as { [key: symbol]: unknown }, name = Symbol.for("gcln.stop");
    const repairs = new Set<() => void>();
    scope[name] = { repairs };
    // As a kernel loads it, which has the button before.
    const { withLock } = await import(
      "../../lib/files/lock.ts?button"
    ) as typeof import("../../lib/files/lock.ts");
    delete scope[name];
    const path = `${folder}/lock`;
    let begun = () => {};
    const ended = new Promise<void>((resolve) => begun = resolve);
    void withLock(path, () => (begun(), new Promise(() => {})));
    await ended;
    assert(await isLocked(path));
    assertEquals(repairs.size, 1);
    repairs.forEach((repair) => repair());
    assertEquals(await isLocked(path), false);
    assertEquals(await withLock(path, () => Promise.resolve("again")), "again");
  }));
