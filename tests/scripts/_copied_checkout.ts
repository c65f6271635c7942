import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nativeFiles } from "../../lib/engines/tensorflow/native_files.ts";

/** This checkout. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Where the addon of the native engine is in a checkout. */
export const ADDON = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

/** Where the set-up says that it has finished. */
export const STAMP = "node_modules/.gcln-setup.json";

async function copy(flags: string, from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: [flags, from, to] }).output();
  if (!success) throw new Error(`Cannot copy ${from}`);
}

/** A copy of the checkout in a folder of its own. Its packages are hard links; what may be written in place is not. */
export async function copiedCheckout({ packages = true } = {}): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "gcln-checkout-" });
  for (const name of ["deno.json", "deno.lock", "lib", "scripts"]) await copy("-a", join(ROOT, name), folder);
  if (!packages) return folder;
  await copy("-al", join(ROOT, "node_modules"), folder);
  for (const below of ["node_modules", "node_modules/.deno"]) {
    for (const { name, isFile } of Deno.readDirSync(join(ROOT, below))) {
      if (!isFile) continue;
      await Deno.remove(join(folder, below, name));
      await Deno.copyFile(join(ROOT, below, name), join(folder, below, name));
    }
  }
  return folder;
}

/** Gives a copied checkout an addon of its own, beside links to this one's libraries; both may be damaged. */
export async function ownEngine(folder: string): Promise<{ addon: string; library: string }> {
  const [addon, large, small] = nativeFiles(join(ROOT, ADDON)), own = join(folder, "engine");
  await Deno.mkdir(join(own, "tensorflow"), { recursive: true });
  await Deno.symlink(large!, join(own, "tensorflow", "libtensorflow_cc.so.2"));
  const library = join(own, "tensorflow", "libtensorflow_framework.so.2");
  await Deno.symlink(small!, library);
  await Deno.copyFile(addon!, join(own, "addon.node"));
  await Deno.remove(join(folder, ADDON));
  await Deno.symlink(join(own, "addon.node"), join(folder, ADDON));
  return { addon: join(own, "addon.node"), library };
}

/** Whether the native engine is the one that the set-up builds. */
export const isOurs: boolean = await Deno.realPath(join(ROOT, ADDON)).then(
  (path) => path.includes("tensorflow-cpu-"),
  () => false,
);
