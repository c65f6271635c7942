/** Several processes that fetch the same data set at once. */
import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { cifarBatch, inFolder, tar } from "./_small_files.ts";

Deno.test("CIFAR-10 is fetched and unpacked once by processes that want it at once, of which one is killed", () =>
  inFolder(async (folder) => {
    const batches = [
      "data_batch_1",
      "data_batch_2",
      "data_batch_3",
      "data_batch_4",
      "data_batch_5",
      "test_batch",
    ];
    const files = Object.fromEntries(batches.map((name, i) => [`${name}.bin`, cifarBatch([1, 2, 3], 3 * i)]));
    const archive = gzipSync(tar(files));
    let whole = 0, firstAsked: () => void;
    const asked = new Promise<void>((resolve) => firstAsked = resolve);
    const server = Deno.serve({ port: 0, onListen() {} }, () => {
      whole++;
      firstAsked();
      return new Response(
        new ReadableStream({
          async start(stream) {
            for (let at = 0; at < archive.length; at += 2000) {
              stream.enqueue(archive.subarray(at, at + 2000));
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
            stream.close();
          },
        }, { highWaterMark: 1 }),
        { headers: { "content-length": `${archive.length}` } },
      );
    });
    const load = () =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", new URL("./_loader.ts", import.meta.url).pathname],
          ...[folder, `http://127.0.0.1:${server.addr.port}/`],
        ],
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    try {
      const killed = load();
      await asked;
      const all = Array.from({ length: 3 }, load);
      killed.kill("SIGKILL");
      await Promise.all([killed.stdout.cancel(), killed.stderr.cancel(), killed.status]);
      for (const process of all) {
        const { code, stdout, stderr } = await process.output();
        assertEquals(
          [code, new TextDecoder().decode(stdout).trim()],
          [0, "3"],
          new TextDecoder().decode(stderr),
        );
      }
      assert(whole === 2, `The archive was sent ${whole} times`); // to who was killed, and to one of the others
      const left = [...Deno.readDirSync(`${folder}/cache/cifar10`)].map(({ name }) => name).sort();
      assertEquals(left, batches.map((name) => `${name}.bin`));
    } finally {
      await server.shutdown();
    }
  }));
