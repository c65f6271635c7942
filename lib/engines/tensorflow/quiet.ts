/**
 * Runs `load` with the process's standard error pointed at /dev/null: TensorFlow's library prints two lines while it
 * loads that no log level silences. `TF_SHOW_LOG` keeps them.
 */
export async function quietly<T>(load: () => Promise<T>): Promise<T> {
  if (Deno.build.os !== "linux" || Deno.env.get("TF_SHOW_LOG")) return await load();
  const libc = Deno.dlopen("libc.so.6", {
    dup: { parameters: ["i32"], result: "i32" },
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const { dup, dup2, open, close } = libc.symbols;
  const stderr = dup(2), nowhere = open(new TextEncoder().encode("/dev/null\0"), 1);
  dup2(nowhere, 2);
  close(nowhere);
  try {
    return await load();
  } finally {
    dup2(stderr, 2);
    close(stderr);
    libc.close();
  }
}
