import { join, resolve } from "node:path";
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
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    env: { TF_CPP_MIN_LOG_LEVEL: "2" },
    // Jupyter's Stop sends a message, which ends code that computes. By default it sends a signal, which ends the kernel.
    interrupt_mode: "message",
  };
  await writeAtomically(join(folder, "kernel.json"), JSON.stringify(spec));
  return root;
}
