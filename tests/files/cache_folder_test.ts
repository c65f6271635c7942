import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { denoDir } from "../_deno_dir.ts";

const module = new URL("../../lib/files/mod.ts", import.meta.url).href;
const config = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** What cacheFolder() gives, or the error's message, in a process with these variables and no others of the kind. */
async function cacheFolder(variables: Readonly<Record<string, string>>): Promise<string> {
  const PATH = Deno.env.get("PATH") ?? "";
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--config",
      config,
      `import { cacheFolder } from "${module}";
       try { console.log(cacheFolder()) } catch (error) { console.log(error.name + ": " + error.message) }`,
    ],
    clearEnv: true,
    env: { PATH, DENO_DIR: denoDir, NO_COLOR: "1", ...variables },
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("cacheFolder() is gcln in XDG_CACHE_HOME, else in .cache of the user's home", async () => {
  assertEquals(await cacheFolder({ XDG_CACHE_HOME: "/cache", HOME: "/home/ada" }), "/cache/gcln");
  assertEquals(await cacheFolder({ HOME: "/home/ada" }), "/home/ada/.cache/gcln");
  assertEquals(await cacheFolder({ USERPROFILE: "/users/ada" }), "/users/ada/.cache/gcln");
});

Deno.test("cacheFolder() takes an empty or relative variable for unset", async () => {
  assertEquals(await cacheFolder({ XDG_CACHE_HOME: "", HOME: "/home/ada" }), "/home/ada/.cache/gcln");
  assertEquals(await cacheFolder({ XDG_CACHE_HOME: "cache", HOME: "/home/ada" }), "/home/ada/.cache/gcln");
  assertEquals(await cacheFolder({ HOME: "", USERPROFILE: "/users/ada" }), "/users/ada/.cache/gcln");
});

Deno.test("cacheFolder() without a home says which variables it looked for", async () => {
  for (const variables of [{}, { HOME: "" }, { XDG_CACHE_HOME: ".", HOME: "." }]) {
    const message = await cacheFolder(variables);
    assertStringIncludes(message, "RangeError: ");
    assertStringIncludes(message, "XDG_CACHE_HOME");
    assertStringIncludes(message, "HOME");
  }
});
