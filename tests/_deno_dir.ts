const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();

/** The folder in which Deno keeps its modules: tests that give a process another cache for the kit leave it that one. */
export const { denoDir }: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
