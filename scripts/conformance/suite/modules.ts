// deno-lint-ignore-file no-explicit-any -- modules of another project
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { tf } from "../../../lib/tensor/mod.ts";

/** The folder of TensorFlow.js's core, as it was published: one module a file, the tests among them. */
const ROOT = dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-core")));

/** Finds the packages that the core imports. */
const require = createRequire(import.meta.resolve("@tensorflow/tfjs-core"));

/** Paths of all files of tests, without ending: `ops/relu_test`. */
export function specFiles(): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory) visit(path);
      else if (name.endsWith("_test.js")) found.push(relative(ROOT, path).slice(0, -".js".length));
    }
  };
  visit(ROOT);
  return found.sort();
}

/** Loads modules of the core. What the kit's own TensorFlow.js has comes from there, so that there is one of it. */
export class Modules {
  readonly #loaded = new Map<string, any>();

  /** @param given Modules that are there already, by path. */
  constructor(given: Readonly<Record<string, unknown>>) {
    const same = {
      index: tf,
      "ops/ops": tf,
      "optimizers/optimizer": tf,
      "optimizers/sgd_optimizer": tf,
      util: tf.util,
      test_util: tf.test_util,
    };
    for (const [path, module] of Object.entries({ ...same, ...given })) this.#loaded.set(path, module);
  }

  load(path: string): any {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known;
    const exported = {};
    const import_ = (from: string) => {
      if (!from.startsWith(".")) return require(from);
      return this.load(join(dirname(path), from === ".." ? "../index" : from));
    };
    this.#loaded.set(path, exported);
    const code = converted(Deno.readTextFileSync(join(ROOT, `${path}.js`)));
    new Function("exports", "import_", `"use strict"; ${code}`)(exported, import_);
    return exported;
  }
}

/** A module as a function of `exports` and `import_`. */
function converted(code: string): string {
  const names: string[] = [];
  const body = code
    .replace(/^\/\/# sourceMappingURL.*$/gm, "")
    .replace(
      /^import \* as (\w+) from '([^']+)';/gm,
      (_, name, from) => `const ${name} = import_("${from}");`,
    )
    .replace(
      /^import \{([^}]*)\} from '([^']+)';/gm,
      (_, list, from) => `const {${list.replace(/ as /g, ": ")}} = import_("${from}");`,
    )
    .replace(/^import '([^']+)';/gm, (_, from) => `import_("${from}");`)
    .replace(/^export \* from '([^']+)';/gm, (_, from) => `Object.assign(exports, import_("${from}"));`)
    .replace(
      /^export \{([^}]*)\} from '([^']+)';/gm,
      (_, list, from) =>
        list.split(",").map((one: string) => {
          const [name, as = name] = one.trim().split(" as ");
          return `exports.${as} = import_("${from}").${name};`;
        }).join(" "),
    )
    .replace(/^export \{([^}]*)\};/gm, (_, list) =>
      list.split(",").map((one: string) => {
        const [name, as = name] = one.trim().split(" as ");
        return `exports.${as} = ${name};`;
      }).join(" "))
    .replace(/^export ((?:async )?function\*?|class|const|let|var) (\w+)/gm, (_, kind, name) => {
      names.push(name);
      return `${kind} ${name}`;
    });
  return `${body}\n${names.map((name) => `exports.${name} = ${name};`).join("\n")}`;
}
