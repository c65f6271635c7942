import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeAtomically } from "../../lib/files/mod.ts";
import { KERNEL } from "./notebook_file.ts";

/**
 * Writes the kernel's description into the project and returns the folder for `JUPYTER_PATH`.
 *
 * So nothing is installed for the user, and the kernel is the Deno that runs this.
 */
export async function kernelFolder(): Promise<string> {
  const root = resolve("node_modules", ".gcln-jupyter"), folder = join(root, "kernels", KERNEL.name);
  const spec = {
    ...KERNEL,
    ...started(),
    env: { TF_CPP_MIN_LOG_LEVEL: "2" },
  };
  await writeAtomically(join(folder, "kernel.json"), JSON.stringify(spec));
  return root;
}

/** How the kernel is started, and how Jupyter's Stop reaches it. */
function started(): { readonly argv: readonly string[]; readonly interrupt_mode: "signal" | "message" } {
  const deno = Deno.execPath();
  if (Deno.build.os === "windows") {
    // Without signals: a message ends code that computes, and not what waits.
    return {
      argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
      interrupt_mode: "message",
    };
  }
  const program = fileURLToPath(import.meta.resolve("./kernel.py"));
  // Jupyter puts its own Python in place of "python3".
  return {
    argv: ["python3", program, deno, import.meta.resolve("./stop_button.ts"), "{connection_file}"],
    interrupt_mode: "signal",
  };
}
