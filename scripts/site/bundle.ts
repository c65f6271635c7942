/** Bundles the kit and the code of a page for browsers. */
import * as esbuild from "esbuild";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The kit's entry points, by the names that its users import. */
function entryPoints(): Record<string, string> {
  const { name, exports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  return Object.fromEntries(
    Object.entries(exports as Record<string, string>).map(([path, file]) => [
      join(name, path),
      join(ROOT, file),
    ]),
  );
}

/**
 * Leaves out what only programs have. The engine that runs on TensorFlow's C library is not bundled, since `useBackend` asks
 * for no such engine in a page. Modules of Node, by which the kit reads files, are empty: calling them is an error.
 */
const pagesOnly: esbuild.Plugin = {
  name: "pages only",
  setup(build) {
    const empty = "module.exports = {}", namespace = "programs only";
    build.onResolve(
      { filter: /^node:|^sharp$|\/engines\/tensorflow\.ts$|\/wasm\/program\.ts$/ },
      ({ path }) => ({
        path,
        namespace,
      }),
    );
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents: empty }));
  },
};

/**
 * Bundles some scripts, each into one file that needs no other.
 *
 * @param scripts The files' paths, by the names of the bundles without `.js`.
 * @param folder Where the bundles are written.
 * @throws {Error} Where a script can't be bundled; the message names the file and the line.
 */
export async function bundle(scripts: Readonly<Record<string, string>>, folder: string): Promise<void> {
  try {
    await esbuild.build({
      entryPoints: { ...scripts },
      outdir: folder,
      absWorkingDir: ROOT,
      bundle: true,
      minify: true,
      format: "iife",
      platform: "browser",
      target: "es2022",
      legalComments: "eof",
      jsx: "automatic",
      jsxImportSource: "preact",
      alias: entryPoints(),
      // The kit's own files are found by the address of a module, of which a bundle has none; it asks for none of them.
      define: { "import.meta.url": '"https://kit.invalid/"' },
      plugins: [pagesOnly],
      logLevel: "silent",
    });
  } catch (error) {
    const { errors } = error as esbuild.BuildFailure;
    const lines = errors?.map(({ text, location }) => `${location?.file}:${location?.line}: ${text}`);
    throw new Error(`Cannot bundle the page's scripts:\n${lines?.join("\n") ?? error}`, { cause: error });
  } finally {
    await esbuild.stop(); // else its process would keep this one from ending
  }
}
