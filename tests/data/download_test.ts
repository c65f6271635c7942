import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { cifar10, DataError, svhn } from "@gcln/kit/data";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { download } from "../../lib/data/download.ts";
import { fashionMnistSource } from "../../lib/data/fashion_mnist.ts";
import { obtain } from "../../lib/data/sources.ts";
import { cifarBatch, idx, inFolder, only, sha256, tar } from "./_small_files.ts";

const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i + (i >> 8)) % 256);

/** What a server of these tests may do wrong. */
interface Manners {
  /** Requests, counted from 0, that it breaks off after half of what was asked for. */
  readonly breaks?: (request: number) => boolean;
  /** Whether it knows ranges. Default true. */
  readonly ranges?: boolean;
  readonly status?: number;
  /** Whether it says how long its answers are. Default true. */
  readonly length?: boolean;
}

/** Runs a test against a server on this machine; `asked` holds the range of each request. */
async function withServer(
  files: Readonly<Record<string, Uint8Array>>,
  { breaks = () => false, ranges = true, status, length = true }: Manners,
  test: (address: string, asked: (string | null)[]) => Promise<void>,
): Promise<void> {
  const asked: (string | null)[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, onError: () => new Response() },
    (request) => {
      const whole = files[new URL(request.url).pathname.slice(1)], range = request.headers.get("range");
      asked.push(range);
      if (status) return new Response("no", { status });
      if (whole === undefined) return new Response("not here", { status: 404 });
      const start = ranges && range ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
      if (start >= whole.length) {
        return new Response(null, { status: 416, headers: { "content-range": `bytes */${whole.length}` } });
      }
      const part = whole.slice(start), isBroken = breaks(asked.length - 1);
      const headers: Record<string, string> = length ? { "content-length": `${part.length}` } : {};
      if (ranges && range) headers["content-range"] = `bytes ${start}-${whole.length - 1}/${whole.length}`;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          controller.enqueue(isBroken ? part.subarray(0, part.length / 2) : part);
          if (!isBroken) return controller.close();
          await new Promise((done) => setTimeout(done, 20)); // lets the first half arrive
          controller.error(new Error("broken off"));
        },
      });
      return new Response(body, { status: ranges && range ? 206 : 200, headers });
    },
  );
  try {
    await test(`http://127.0.0.1:${server.addr.port}/`, asked);
  } finally {
    await server.shutdown();
  }
}

const check = async (path: string) =>
  sha256(await Deno.readFile(path)) === sha256(content) ? undefined : "it is wrong";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

Deno.test("download() fetches a file, tells how far it is and leaves nothing beside it", async () => {
  await withServer({ "a.bin": content }, {}, async (address) => {
    await inFolder(async (folder) => {
      const told: [string, number, number | undefined][] = [];
      await download(`${address}a.bin`, join(folder, "new", "a.bin"), {
        check,
        progress: (...at) => told.push(at),
      });
      assertEquals(await Deno.readFile(join(folder, "new", "a.bin")), content);
      assertEquals(await names(join(folder, "new")), ["a.bin"]);
      assertEquals(told.at(0), ["a.bin", 0, 100_000]);
      assertEquals(told.at(-1), ["a.bin", 100_000, 100_000]);
    });
  });
});

Deno.test("download() takes up a broken connection where it broke", async () => {
  for (const length of [true, false]) {
    await withServer({ "a.bin": content }, { breaks: (n) => n < 2, length }, async (address, asked) => {
      await inFolder(async (folder) => {
        await download(`${address}a.bin`, join(folder, "a.bin"), { check });
        assertEquals(await names(folder), ["a.bin"]);
        assertEquals(asked, [null, "bytes=50000-", "bytes=75000-"]);
      });
    });
  }
});

Deno.test("download() keeps what came before a break, and a later call goes on from there", async () => {
  await withServer({ "a.bin": content }, { breaks: (n) => n < 3 }, async (address, asked) => {
    await inFolder(async (folder) => {
      const path = join(folder, "a.bin");
      const error = await assertRejects(() => download(`${address}a.bin`, path, { check }), DataError);
      assertMatch(error.message, /Cannot download http.*a\.bin: .*87500 bytes are kept: run it again/);
      assertEquals(await names(folder), ["a.bin.part"]);
      await download(`${address}a.bin`, path, { check });
      assertEquals(asked.at(-1), "bytes=87500-");
      assertEquals(await names(folder), ["a.bin"]);
    });
  });
});

Deno.test("download() starts over where the server knows no ranges", async () => {
  await withServer({ "a.bin": content }, { ranges: false }, async (address, asked) => {
    await inFolder(async (folder) => {
      await Deno.writeFile(join(folder, "a.bin.part"), content.subarray(0, 60_000));
      await download(`${address}a.bin`, join(folder, "a.bin"), { check });
      assertEquals(asked, ["bytes=60000-"]);
      assertEquals(await Deno.readFile(join(folder, "a.bin")), content);
    });
  });
});

Deno.test("download() uses a part that is already whole, and starts over with one that is wrong or too long", async () => {
  const parts = [content, new Uint8Array(60_000), new Uint8Array(100_000), new Uint8Array(100_001)];
  for (const part of parts) {
    await withServer({ "a.bin": content }, {}, async (address) => {
      await inFolder(async (folder) => {
        await Deno.writeFile(join(folder, "a.bin.part"), part);
        await download(`${address}a.bin`, join(folder, "a.bin"), { check });
        assertEquals(await Deno.readFile(join(folder, "a.bin")), content);
        assertEquals(await names(folder), ["a.bin"]);
      });
    });
  }
});

Deno.test("download() removes what is not what it should be", async () => {
  await withServer({ "a.bin": content.slice(1) }, {}, async (address, asked) => {
    await inFolder(async (folder) => {
      const run = () => download(`${address}a.bin`, join(folder, "a.bin"), { check });
      await assertRejects(run, DataError, "a.bin sent: it is wrong");
      assertEquals([await names(folder), asked.length], [[], 1]);
    });
  });
});

Deno.test("download() says what a server refuses, and keeps what came before", async () => {
  await inFolder(async (folder) => {
    await withServer({}, {}, async (address) => {
      const run = () => download(`${address}a.bin`, join(folder, "a.bin"));
      await assertRejects(run, DataError, "a.bin: the server says 404");
      assertEquals(await names(folder), []);
    });
    await Deno.writeFile(join(folder, "a.bin.part"), content.subarray(0, 10));
    await withServer({ "a.bin": content }, { status: 503 }, async (address) => {
      await assertRejects(() => download(`${address}a.bin`, join(folder, "a.bin")), DataError, "503");
    });
    assertEquals(await names(folder), ["a.bin.part"]);
  });
});

Deno.test("download() says so where no server answers", async () => {
  await inFolder(async (folder) => {
    let gone = "";
    await withServer({}, {}, (address) => Promise.resolve(void (gone = address)));
    const run = () => download(`${gone}a.bin`, join(folder, "a.bin"));
    await assertRejects(run, DataError, `Cannot download ${gone}a.bin`);
    assertEquals(await names(folder), []);
  });
});

Deno.test("download() of one file twice at once asks the server once", async () => {
  await withServer({ "a.bin": content }, {}, async (address, asked) => {
    await inFolder(async (folder) => {
      const run = () => download(`${address}a.bin`, join(folder, "a.bin"), { check });
      await Promise.all([run(), run(), run()]);
      assertEquals([asked.length, await names(folder)], [1, ["a.bin"]]);
    });
  });
});

/** Options under which everything must come from the server. */
function from(address: string, folder: string) {
  return { ...only(folder), download: true, mirror: address, progress: () => {} };
}

Deno.test("svhn() downloads what is missing, once", async () => {
  const mat = await Deno.readFile(new URL("../../fixtures/golden/data_svhn_plain.mat", import.meta.url));
  await withServer({ "test_32x32.mat": mat }, {}, async (address, asked) => {
    await inFolder(async (folder) => {
      const options = { ...from(address, folder), checksums: { "test_32x32.mat": sha256(mat) } };
      for (let time = 0; time < 2; time++) {
        assertEquals([...(await svhn("test", options)).labels], [1, 0, 9, 2]);
      }
      assertEquals([asked.length, await names(join(folder, "cache", "svhn"))], [1, ["test_32x32.mat"]]);
    });
  });
});

Deno.test("a downloaded .gz file is judged by what is in it", async () => {
  const labels = idx([2], Uint8Array.of(1, 2)), file = "train-labels-idx1-ubyte.gz";
  const source = { ...fashionMnistSource, system: [] };
  for (const sent of [gzipSync(labels), gzipSync(labels, { level: 0 }), labels]) {
    await withServer({ [file]: sent }, {}, async (address) => {
      await inFolder(async (folder) => {
        const options = { ...from(address, folder), checksums: { [file]: sha256(labels) } };
        assertEquals(await obtain(source, file, options), join(folder, "cache", "fashion-mnist", file));
      });
    });
  }
  for (const sent of [gzipSync(labels).subarray(0, 15), gzipSync(content), new Uint8Array(1)]) {
    await withServer({ [file]: sent }, {}, async (address) => {
      await inFolder(async (folder) => {
        const options = { ...from(address, folder), checksums: { [file]: sha256(labels) } };
        await assertRejects(() => obtain(source, file, options), DataError, "damaged");
        assertEquals(await names(join(folder, "cache", "fashion-mnist")), []);
      });
    });
  }
});

Deno.test("cifar10() downloads the archive, unpacks it into the cache and needs no server again", async () => {
  const batches = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, cifarBatch([i])]));
  const archive = gzipSync(tar({ ...batches, "test_batch.bin": cifarBatch([9, 8]) }));
  await withServer({ "cifar-10-binary.tar.gz": archive }, {}, async (address, asked) => {
    await inFolder(async (folder) => {
      assertEquals([...(await cifar10("test", from(address, folder))).labels], [9, 8]);
      assertEquals([...(await cifar10("train", from(address, folder))).labels], [1, 2, 3, 4, 5]);
      assertEquals(asked.length, 1);
      assertEquals(await names(join(folder, "cache", "cifar10")), [
        ...Object.keys(batches),
        "test_batch.bin",
      ]);
    });
  });
});

Deno.test("cifar10() leaves nothing of an archive that is not the published one", async () => {
  await withServer({ "cifar-10-binary.tar.gz": gzipSync(tar({})) }, {}, async (address) => {
    await inFolder(async (folder) => {
      const options = { ...from(address, folder), checksums: {} };
      const error = await assertRejects(() => cifar10("test", options), DataError);
      assertMatch(error.message, /sent: its content is damaged or not the published one.*GCLN_DATA/);
      assertEquals(await names(join(folder, "cache", "cifar10")), []);
    });
  });
});

Deno.test("loaders say how to get a set by hand where it can't be downloaded", async () => {
  await withServer({}, {}, async (address) => {
    await inFolder(async (folder) => {
      const error = await assertRejects(() => cifar10("test", from(address, folder)), DataError);
      assertMatch(
        error.message,
        /says 404.*Put it into a folder that GCLN_DATA names, or put torchvision.s cifar-10-batches-py there$/,
      );
      assert(error.cause instanceof DataError);
    });
  });
});
