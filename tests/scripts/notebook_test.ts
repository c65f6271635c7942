import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join, resolve } from "node:path";
import { kernelFolder } from "../../scripts/notebooks/kernel.ts";
import { nbclientPath } from "../../scripts/notebooks/nbclient.ts";

const SCRIPT = resolve("scripts/notebook.ts");

/** A notebook whose one cell has been run. */
function notebook(name: string, isRun = true): string {
  const outputs = isRun ? [{ output_type: "stream", name: "stdout", text: "shown" }] : [];
  const cell = { cell_type: "code", execution_count: isRun ? 1 : null, metadata: {}, outputs, source: name };
  return JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1) + "\n";
}

/** A folder with notebooks, and a Jupyter that prints how it was called. */
async function project(): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "gcln-notebook-" });
  await Deno.mkdir(join(root, "notebooks/lessons/solutions"), { recursive: true });
  for (const name of ["table1", "tour", "lessons/01_linear", "lessons/solutions/01_linear"]) {
    await Deno.writeTextFile(join(root, `notebooks/${name}.ipynb`), notebook(name));
  }
  await Deno.mkdir(join(root, "bin"));
  await Deno.writeTextFile(join(root, "bin/jupyter-lab"), '#!/bin/sh\necho "called: $*"\n', { mode: 0o755 });
  return root;
}

async function called(root: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT, ...args],
    cwd: root,
    env: { NO_COLOR: "1", PATH: `${join(root, "bin")}:${Deno.env.get("PATH")}` },
  }).output();
  const text = new TextDecoder();
  return { code, said: (text.decode(stdout) + text.decode(stderr).replace(/^Starting .*\n/m, "")).trim() };
}

Deno.test("deno task notebook opens copies, and takes a notebook's name as people write it", async () => {
  const root = await project();
  const all = await called(root);
  assertEquals(all, { code: 0, said: "Copied into my-notebooks: 3 notebooks\ncalled: my-notebooks" });
  const opened = async (...args: readonly string[]) => (await called(root, ...args)).said;
  for (const word of ["table1", "table1.ipynb", "notebooks/table1.ipynb", "my-notebooks/table1.ipynb"]) {
    assertEquals(await opened(word), "called: my-notebooks/table1.ipynb");
  }
  assertEquals(await opened("lessons"), "called: my-notebooks/lessons");
  assertEquals(await opened("lessons/01_linear"), "called: my-notebooks/lessons/01_linear.ipynb");
  assertEquals(await opened("table1", "--originals"), "called: notebooks/table1.ipynb");
  assertStringIncludes(
    await opened("lessons/solutions/01_linear"),
    "called: my-notebooks/lessons/solutions/01_linear.ipynb",
  );
  assertEquals(await called(root, "tabel1"), {
    code: 1,
    said: "There is no notebook tabel1: did you mean table1?",
  });
  await Deno.remove(root, { recursive: true });
});

Deno.test("deno task notebook hands Jupyter its flags, with or without two dashes before them", async () => {
  const root = await project();
  await called(root, "--copy");
  const opened = async (...args: readonly string[]) => (await called(root, ...args)).said;
  assertEquals(await opened("--no-browser", "--port=8899"), "called: --port=8899 --no-browser my-notebooks");
  assertEquals(await opened("--", "--no-browser"), "called: --no-browser my-notebooks");
  assertEquals(await opened("tour", "--", "--ip=0.0.0.0"), "called: --ip=0.0.0.0 my-notebooks/tour.ipynb");
  await Deno.remove(root, { recursive: true });
});

Deno.test("deno task notebook never writes over a copy that was changed, and renews one that was not", async () => {
  const root = await project(), at = (name: string) => join(root, name);
  const read = (name: string) => Deno.readTextFile(at(`my-notebooks/${name}.ipynb`));
  await called(root, "--copy");
  await Deno.writeTextFile(at("my-notebooks/table1.ipynb"), '"mine"');
  await Deno.writeTextFile(at("notebooks/tour.ipynb"), '"tour 2"');
  assertEquals(
    (await called(root, "--copy")).said,
    "Renewed in my-notebooks, where you had changed nothing: tour.ipynb",
  );
  assertEquals([await read("table1"), await read("tour")], ['"mine"', '"tour 2"']);

  await Deno.writeTextFile(at("notebooks/table1.ipynb"), '"table1 2"');
  const { said } = await called(root, "--copy");
  assertStringIncludes(said, "The kit has a newer table1.ipynb; yours stays");
  assertStringIncludes(said, "deno task notebook table1.ipynb --fresh");
  assertEquals(await read("table1"), '"mine"');

  const fresh = await called(root, "table1.ipynb", "--fresh", "--copy");
  assertStringIncludes(fresh.said, "yours is kept as my-notebooks/table1-old1.ipynb");
  assertEquals([await read("table1"), await read("table1-old1")], ['"table1 2"', '"mine"']);
  assertEquals((await called(root, "--copy")).said, "");
  assertEquals((await called(root, "--fresh", "--copy")).code, 2);
  assertEquals(await Deno.readTextFile(at("notebooks/table1.ipynb")), '"table1 2"');

  await Deno.writeTextFile(at("my-notebooks/.originals.json"), "{");
  await Deno.writeTextFile(at("my-notebooks/tour.ipynb"), '"mine too"');
  await called(root, "--copy");
  assertEquals(await read("tour"), '"mine too"');
  await Deno.remove(root, { recursive: true });
});

Deno.test("copies of lessons have no outputs, those of tables and solutions have theirs", async () => {
  const root = await project(), read = (name: string) => Deno.readTextFile(join(root, `${name}.ipynb`));
  await called(root, "--copy");
  await called(root, "lessons/solutions/01_linear", "--copy");
  assertEquals(await read("my-notebooks/lessons/01_linear"), notebook("lessons/01_linear", false));
  for (const name of ["table1", "lessons/solutions/01_linear"]) {
    assertEquals(await read(`my-notebooks/${name}`), await read(`notebooks/${name}`));
  }
  assertEquals((await called(root, "--copy")).said, "");
  assertEquals(
    (await called(root, "lessons/01_linear", "--fresh", "--copy")).said,
    "my-notebooks/lessons/01_linear.ipynb is the kit's now",
  );
  await Deno.remove(root, { recursive: true });
});

Deno.test({
  name: "after Ctrl-C deno task notebook stays until Jupyter has ended, and has its exit code",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await project();
    const asks = '#!/bin/sh\n[ "$1" = --version ] && exit\necho asks\nread answer\nexit 7\n';
    await Deno.writeTextFile(join(root, "bin/jupyter-lab"), asks, { mode: 0o755 });
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", SCRIPT],
      cwd: root,
      env: { PATH: `${join(root, "bin")}:${Deno.env.get("PATH")}` },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const shown = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; !text.includes("asks");) text += (await shown.read()).value!;
    process.kill("SIGINT");
    await process.stdin.getWriter().close(); // the answer
    assertEquals((await process.status).code, 7);
    await shown.cancel();
    await Deno.remove(root, { recursive: true });
  },
});

Deno.test("Git does not see the copies", async () => {
  const { stdout } = await new Deno.Command("git", { args: ["check-ignore", "my-notebooks/table1.ipynb"] })
    .output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "my-notebooks/table1.ipynb");
});

/** Runs cells in the kernel as Jupyter starts it, presses Stop when one says "begins", and tells what they show. */
const CLIENT = `
import json, queue, sys
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="deno")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)
shown = []
for code in json.loads(sys.argv[2]):
    text = []
    def hook(message):
        content = message["content"]
        text.append(content.get("text", content.get("ename", "")))
        if "begins" in content.get("text", ""):
            manager.interrupt_kernel()
    client.execute_interactive(code, output_hook=hook, timeout=60)
    # Deno sends what is printed beside the rest: some of it comes when the cell is over.
    try:
        while True: hook(client.get_iopub_msg(timeout=0.5))
    except queue.Empty:
        shown.append("".join(text))
print(json.dumps({"shown": shown, "alive": manager.is_alive()}))
client.stop_channels()
manager.shutdown_kernel(now=True)
`;

Deno.test("Jupyter's Stop ends work of the kit, a loop and a cell that waits; the kernel lives with its variables", async () => {
  const PYTHONPATH = await nbclientPath(), folder = resolve("my-notebooks");
  await Deno.mkdir(folder, { recursive: true });
  const pause = new URL("../../lib/tensor/pause.ts", import.meta.url).href;
  const cells = [
    [`const { pause } = await import("${pause}"); const kept = 41;`, ""],
    ['console.log("begins"); while (true) await pause();', "begins\nAbortError"],
    // The timer holds the promise: without it V8 may end the wait by itself, before Stop does.
    [
      'console.log("begins"); await new Promise((done) => setTimeout(done, 1e6));',
      "begins\nStopped while it waited.",
    ],
    ['console.log("begins"); while (true) {}', "begins\n"],
    ["await pause(); console.log(kept + 1)", "42\n"],
  ] as const;
  const { stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", CLIENT, folder, JSON.stringify(cells.map(([code]) => code))],
    env: { ...(PYTHONPATH ? { PYTHONPATH } : {}), JUPYTER_PATH: await kernelFolder(), NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder(), said = text.decode(stdout).trim().split("\n").at(-1)!;
  assert(said.startsWith("{"), text.decode(stderr));
  const told = JSON.parse(said);
  cells.forEach(([, begin], i) => assertStringIncludes(told.shown[i], begin));
  assert(told.alive);
});

/** Starts the kernel while another program holds one of its ports, until the kernel says so, and tells what a cell prints. */
const HELD = `
import socket, sys, threading, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="deno", cache_ports=False)
holder = socket.create_server(("127.0.0.1", 0))
setattr(manager, sys.argv[1], holder.getsockname()[1])
manager.start_kernel(stderr=open(sys.argv[2], "w"))
def release():
    while "again" not in open(sys.argv[2]).read(): time.sleep(0.05)
    holder.close()
threading.Thread(target=release, daemon=True).start()
client = manager.client()
client.start_channels()
try:
    client.wait_for_ready(timeout=60)
    client.execute_interactive("console.log(6 * 7)", timeout=60)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

Deno.test("the kernel starts although another program holds one of its ports for a moment", async () => {
  const PYTHONPATH = await nbclientPath(), JUPYTER_PATH = await kernelFolder(), text = new TextDecoder();
  const file = await Deno.makeTempFile();
  for (const port of ["hb_port", "iopub_port", "shell_port"]) {
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: ["-c", HELD, port, file],
      env: { ...(PYTHONPATH ? { PYTHONPATH } : {}), JUPYTER_PATH, NO_COLOR: "1" },
    }).output();
    assertEquals(
      text.decode(stdout).trim(),
      "42",
      port + text.decode(stderr) + await Deno.readTextFile(file),
    );
  }
  await Deno.remove(file);
});
