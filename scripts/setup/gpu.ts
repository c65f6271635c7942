/** Looks for NVIDIA GPUs, since the CUDA build of TensorFlow is of no use without one. */

/** What was found: the names of the GPUs, or what was looked at in vain. */
export type Gpus = { readonly names: readonly string[] } | { readonly none: string };

/** The names in what `nvidia-smi -L` prints: `GPU 0: NVIDIA H200 (UUID: GPU-…)`. */
export function gpuNames(listed: string): string[] {
  return [...listed.matchAll(/^GPU \d+: (.+?)(?: \(UUID: .*\))?$/gm)].map(([, name]) => name!);
}

/** The NVIDIA GPUs that the driver lists. */
export async function nvidiaGpus(command = "nvidia-smi"): Promise<Gpus> {
  let listed: string;
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: ["-L"],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    if (!success) return { none: `${command} says: ${text(stderr) || text(stdout) || "nothing"}` };
    listed = text(stdout);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { none: `there is no ${command}, which comes with NVIDIA's driver` };
  }
  const names = gpuNames(listed);
  return names.length > 0 ? { names } : { none: `${command} lists none` };
}
