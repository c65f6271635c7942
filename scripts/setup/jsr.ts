/**
 * Stand-ins for the two JSR packages, for places where that registry can't be reached.
 *
 * `deno.json` names `./.offline/*` as workspace members. Where that folder is absent, `jsr:@std/…` means JSR;
 * where it holds packages of those names, they take their place. The stand-ins cover what the kit uses. They are the files
 * of `stand_ins`, copied: nothing imports them there.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = ".offline";
const PATIENCE = 3000; // ms
const NOTHING = { exclude: ["."] };

/** The entry points of each package. */
const PACKAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  assert: { ".": "./mod.ts" },
  cli: { ".": "./mod.ts", "./parse-args": "./parse_args.ts" },
};

async function jsrAnswers(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function read(file: string): string | undefined {
  return existsSync(file) ? Deno.readTextFileSync(file) : undefined;
}

/** The files of a package: names and texts, in order. */
function filesOf(name: string): (readonly [string, string])[] {
  const folder = join(fileURLToPath(new URL("stand_ins", import.meta.url)), name);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return names.map((file) => [file, Deno.readTextFileSync(join(folder, file))]);
}

/** Changes when a stand-in does. */
export function standInsDigest(): string {
  const hash = createHash("sha256");
  for (const text of Object.keys(PACKAGES).flatMap(filesOf).flat()) hash.update(text);
  return hash.digest("hex").slice(0, 12);
}

/** Writes the packages into a folder; a file that is as it should be is left alone. */
export async function writeStandIns(folder: string): Promise<void> {
  for (const [name, exports] of Object.entries(PACKAGES)) {
    // Deno's tools look into workspace members whatever the root excludes.
    const quiet = { fmt: NOTHING, lint: NOTHING, test: NOTHING };
    const manifest = JSON.stringify({ name: `@std/${name}`, version: "1.0.99", exports, ...quiet });
    await Deno.mkdir(join(folder, name), { recursive: true });
    // The manifest last, since it is what makes the folder a package.
    for (const [file, text] of [...filesOf(name), ["deno.json", manifest] as const]) {
      const path = join(folder, name, file);
      if (read(path) !== text) await Deno.writeTextFile(path, text);
    }
  }
}

/** Puts the stand-ins in place where JSR doesn't answer within 3 s; returns whether they are used. */
export async function standIns(): Promise<boolean> {
  if (!await jsrAnswers()) {
    await writeStandIns(FOLDER);
    return true;
  }
  if (existsSync(FOLDER)) await Deno.remove(FOLDER, { recursive: true });
  return false;
}
