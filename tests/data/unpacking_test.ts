/** Files that promise, or hold, far more than their format does, and servers that never end. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { cifar10, DataError, fashionMnist, npz, svhn } from "@gcln/kit/data";
import { join } from "node:path";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { download } from "../../lib/data/download.ts";
import { readMat5 } from "../../lib/data/_mat5.ts";
import { readZip } from "../../lib/data/_zip.ts";
import { cifarBatch, inFolder, only, tar } from "./_small_files.ts";

const MB = 2 ** 20;

/** The most memory, in bytes, that the process took beyond what it had, while something ran. */
async function memoryOf(work: () => Promise<unknown>): Promise<number> {
  const before = Deno.memoryUsage().rss;
  await work();
  return Deno.memoryUsage().rss - before;
}

/** A gzip of zeros, a thousandth of their size. */
function zeros(size: number): Uint8Array {
  return gzipSync(new Uint8Array(size), { level: 1 });
}

Deno.test("a .gz that unpacks to more than its data set's largest file is unpacked no further than that", async () => {
  await inFolder(async (folder) => {
    for (const name of ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]) {
      await Deno.writeFile(join(folder, name), zeros(500 * MB));
    }
    const checked = { folder, cache: join(folder, "cache"), download: false };
    let message = "";
    const taken = await memoryOf(async () => {
      ({ message } = await assertRejects(() => fashionMnist("test", checked), DataError));
    });
    assertMatch(
      message,
      /Cannot use .*t10k-(images|labels)-idx\d-ubyte\.gz: it holds more than 47040016 bytes, more than such a file can/,
    );
    assert(taken < 250 * MB, `${taken}`);
  });
});

Deno.test("an array of a .mat that can't be as large as it promises is not unpacked", async () => {
  const head = new Uint8Array(2000);
  new DataView(head.buffer).setUint32(0, 14, true);
  new DataView(head.buffer).setUint32(4, 0xfffffff0, true);
  const packed = deflateSync(head), bytes = new Uint8Array(128 + 8 + packed.length);
  bytes.set(new TextEncoder().encode("MATLAB 5.0 MAT-file"));
  bytes.set([0x49, 0x4d], 126);
  new DataView(bytes.buffer).setUint32(128, 15, true);
  new DataView(bytes.buffer).setUint32(132, packed.length, true);
  bytes.set(packed, 136);
  assertThrows(() => readMat5(bytes, "a.mat"), DataError, "a.mat: it promises an array of 4294967280 bytes");
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "test_32x32.mat"), bytes);
    await assertRejects(() => svhn("test", only(folder)), DataError, "test_32x32.mat: it promises an array");
  });
});

Deno.test("what an archive holds beside the data set's files is passed over, up to a limit", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "cifar-10-binary.tar.gz"),
      batch = { "cifar-10-batches-bin/test_batch.bin": cifarBatch([1, 2]) };
    await Deno.writeFile(path, gzipSync(tar({ "other/file": new Uint8Array(3 * MB), ...batch })));
    assertEquals((await cifar10("test", only(folder))).size, 2);

    // A header that promises 8 GB.
    const lying = tar(batch);
    lying.set(new TextEncoder().encode("77777777777\0"), 512 + 124);
    lying.set(new TextEncoder().encode(" ".repeat(8)), 512 + 148);
    const sum = lying.subarray(512, 1024).reduce((a, b) => a + b, 0);
    lying.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0") + "\0 "), 512 + 148);
    await Deno.writeFile(path, gzipSync(lying));
    await assertRejects(
      () => cifar10("test", only(folder)),
      DataError,
      "cifar-10-binary.tar.gz: it holds more than",
    );
  });
});

Deno.test("an array of an .npz that packs as no images do is refused, with the way out", async () => {
  const size = 300 * MB, packed = deflateRawSync(new Uint8Array(size), { level: 1 });
  const name = new TextEncoder().encode("images.npy");
  const bytes = new Uint8Array(30 + name.length + packed.length + 46 + name.length + 22),
    view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(26, name.length, true);
  bytes.set(name, 30);
  bytes.set(packed, 30 + name.length);
  const list = 30 + name.length + packed.length, end = list + 46 + name.length;
  view.setUint32(list, 0x02014b50, true);
  view.setUint16(list + 10, 8, true);
  view.setUint32(list + 20, packed.length, true);
  view.setUint32(list + 24, size, true);
  view.setUint16(list + 28, name.length, true);
  bytes.set(name, list + 46);
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 16, list, true);
  assertThrows(
    () => readZip(bytes, (what) => new DataError(`a.npz: ${what}`)).map(({ content }) => content()),
    DataError,
    "that unpack to 314572800; where it really does, store it unpacked",
  );
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.npz"), bytes);
    await assertRejects(() => npz(join(folder, "a.npz")), DataError, "a.npz: ");
  });
});

/** Runs a test against a server that answers with an endless body: `chunk` every 10 ms, or nothing after the first. */
async function withEndless(chunks: number, test: (address: string) => Promise<void>): Promise<void> {
  const timers = new Set<ReturnType<typeof setInterval>>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, onError: () => new Response() },
    () => {
      let sent = 0, timer: ReturnType<typeof setInterval>;
      return new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            timer = setInterval(() => {
              if (sent++ < chunks) controller.enqueue(new Uint8Array(1000));
            }, 2);
            timers.add(timer);
          },
          cancel: () => clearInterval(timer),
        }),
      );
    },
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}/a.bin`);
  } finally {
    for (const timer of timers) clearInterval(timer);
    await server.shutdown();
  }
}

/** Runs a test in which time limits of so many ms end when the test says so, and never by the clock. */
async function withTimeLimit(ms: number, test: (end: () => void) => Promise<void>): Promise<void> {
  const { setTimeout: real } = globalThis;
  let end = () => {};
  globalThis.setTimeout = ((then: () => void, after?: number) => {
    if (after !== ms) return real(then, after);
    end = then;
    return real(() => {}, 0);
  }) as typeof setTimeout;
  try {
    await test(() => end());
  } finally {
    globalThis.setTimeout = real;
  }
}

Deno.test("download() gives up on a server that sends nothing more, and keeps what came", async () => {
  const patience = 12_345;
  await withEndless(3, async (address) => {
    await inFolder(async (folder) => {
      await withTimeLimit(patience, async (end) => {
        const progress = (_: string, received: number) => {
          if (received === 3000) queueMicrotask(end); // the server has nothing more
        };
        await assertRejects(
          () => download(address, join(folder, "a.bin"), { patience, progress }),
          DataError,
          `Cannot download ${address}: the server has sent nothing for 12.345 s. 3000 bytes are kept`,
        );
      });
    });
  });
});

Deno.test("download() stops where a file becomes larger than it can be, and keeps nothing", async () => {
  await withEndless(Infinity, async (address) => {
    await inFolder(async (folder) => {
      await assertRejects(
        () => download(address, join(folder, "a.bin"), { largest: 10_500 }),
        DataError,
        `Cannot use ${address}: it has more than 10500 bytes`,
      );
      assertEquals([...Deno.readDirSync(folder)], []);
    });
  });
});
