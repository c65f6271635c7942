import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { libraryDamage } from "../../files/mod.ts";

/**
 * The files that the native engine loads: the addon, links resolved, and TensorFlow's libraries.
 *
 * @param addon Where npm has the addon. The set-up makes it a link into the user's cache folder, where the libraries lie
 * beside it; the package's own installer puts them into the package.
 */
export function nativeFiles(addon: string): string[] {
  if (!existsSync(addon)) return [addon];
  const real = realpathSync(addon), own = join(dirname(real), "tensorflow");
  if (existsSync(own)) {
    return [
      real,
      ...["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"].map((name) => join(own, name)),
    ];
  }
  const theirs = join(dirname(addon), "..", "..", "deps", "lib");
  if (!existsSync(theirs)) return [real];
  return [
    real,
    ...readdirSync(theirs).filter((name) => /\.so(\.\d+)*$/.test(name)).map((n) => join(theirs, n)),
  ];
}

/** What is wrong with the native engine's files, by their sizes and first bytes; undefined where nothing is. */
export function nativeDamage(addon: string): string | undefined {
  if (!existsSync(addon)) return `its addon ${addon} is not there`;
  for (const file of nativeFiles(addon)) {
    const damage = libraryDamage(file);
    if (damage !== undefined) return damage;
  }
  return undefined;
}
