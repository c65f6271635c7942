import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { DataError, datasetNamed, imageFolder, knownDataset, type OwnDataOptions } from "@gcln/kit/data";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { inFolder } from "./_small_files.ts";

const HEIGHT = 4, WIDTH = 6;

/** The bytes of an image that its number tells. */
function bytes(number: number, channels: 1 | 2 | 3 | 4 = 3): Uint8Array {
  return Uint8Array.from({ length: HEIGHT * WIDTH * channels }, (_, i) => (31 * number + 7 * i) % 256);
}

function image(number: number, channels: 1 | 2 | 3 | 4 = 3) {
  return sharp(bytes(number, channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
}

const png = (number: number, channels: 1 | 2 | 3 | 4 = 3): Promise<Uint8Array> =>
  image(number, channels).toColourspace(channels < 3 ? "b-w" : "srgb").png().toBuffer();

/** Runs a test in a folder that has these files. */
async function withFiles(
  files: Readonly<Record<string, Uint8Array | Promise<Uint8Array>>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (above) => {
    const folder = join(above, "My Pets!");
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeFile(join(folder, name), await content);
    }
    await test(folder);
  });
}

Deno.test("imageFolder() reads a folder for each class, in the order of their names", async () => {
  const files = {
    "train/2/b.png": png(1),
    "train/2/a.png": png(2),
    "train/10/deep/er.png": png(3),
    "train/10/c.PNG": png(4),
    "test/10/x.png": png(5),
    "test/2/y.png": png(6),
  };
  await withFiles(files, async (folder) => {
    const pets = await imageFolder(folder), train = await pets("train"), test = await pets("test");
    assertEquals([train.classes, train.shape], [["10", "2"], [HEIGHT, WIDTH, 3]]);
    assertEquals([[...train.labels], [...test.labels]], [[0, 0, 1, 1], [0, 1]]);
    assertEquals(train.pixels, Uint8Array.from([4, 3, 2, 1].flatMap((n) => [...bytes(n)])));
    assertEquals(test.pixels, Uint8Array.from([5, 6].flatMap((n) => [...bytes(n)])));
  });
});

Deno.test("imageFolder() keeps a fifth of each class as the test part where the folder has one part", async () => {
  const files = Object.fromEntries(
    ["cat", "dog"].flatMap((name, label) =>
      Array.from({ length: 10 }, (_, i) => [`${name}/${i}.png`, png(10 * label + i)])
    ),
  );
  await withFiles(files, async (folder) => {
    const pets = await imageFolder(folder), test = await pets("test");
    assertEquals([[...test.labels], pets.facts.examples], [[0, 0, 1, 1], { train: 16, test: 4 }]);
    assertEquals(test.pixels, Uint8Array.from([4, 9, 14, 19].flatMap((n) => [...bytes(n)])));
    assertEquals((await (await imageFolder(folder, { test: 1 }))("test")).size, 20);
    assertEquals((await (await imageFolder(folder, { test: 0.1 }))("test")).size, 2);
  });
});

for (const name of ["val", "valid", "validation"]) {
  Deno.test(`imageFolder() takes the folder ${name} for the test part, and test before it`, async () => {
    const files = { "train/a/1.png": png(1), "train/b/1.png": png(2), [`${name}/b/1.png`]: png(3) };
    await withFiles(files, async (folder) => {
      assertEquals([...(await (await imageFolder(folder))("test")).labels], [1]);
      await Deno.mkdir(join(folder, "test/a"), { recursive: true });
      await Deno.writeFile(join(folder, "test/a/1.png"), await png(4));
      assertEquals([...(await (await imageFolder(folder))("test")).labels], [0]);
    });
  });
}

Deno.test("imageFolder() takes a folder train of images for a class, and a folder test alone for a test part", async () => {
  await withFiles({ "train/1.png": png(1), "plane/1.png": png(2) }, async (folder) => {
    assertEquals((await imageFolder(folder)).facts.classes, ["plane", "train"]);
  });
  await withFiles({ "test/a/1.png": png(1), "test/b/1.png": png(2) }, async (folder) => {
    const pets = await imageFolder(folder);
    assertEquals([pets.facts.examples, (await pets("test")).size], [{ train: 0, test: 2 }, 2]);
    await assertRejects(() => pets("train"), DataError, "it has no images to train");
  });
});

Deno.test("imageFolder() reads grey images as one channel, and as three where others are in colour", async () => {
  const grey = { "a/1.png": png(1, 1), "b/1.png": png(2, 2) };
  await withFiles(grey, async (folder) => {
    const { facts, ...pets } = await imageFolder(folder, { test: 1 });
    assert(pets.name.startsWith("my-pets-"));
    const data = await knownDataset(pets.name)("test");
    assertEquals(facts.shape, [HEIGHT, WIDTH, 1]);
    assertEquals(
      data.pixels,
      Uint8Array.from([...bytes(1, 1), ...bytes(2, 2).filter((_, i) => i % 2 === 0)]),
    );
  });
  await withFiles({ ...grey, "b/2.png": png(3), "b/3.png": png(4, 4) }, async (folder) => {
    const data = await (await imageFolder(folder, { test: 1 }))("test"), each = HEIGHT * WIDTH * 3;
    assertEquals(data.shape, [HEIGHT, WIDTH, 3]);
    assertEquals(data.pixels.subarray(0, each), Uint8Array.from([...bytes(1, 1)].flatMap((v) => [v, v, v])));
    assertEquals(data.pixels.subarray(2 * each, 3 * each), bytes(3));
    assertEquals(data.pixels.subarray(3 * each), bytes(4, 4).filter((_, i) => i % 4 !== 3)); // what lies behind shows
  });
});

Deno.test("imageFolder() reads JPEG images, palettes and 16 bits a channel", async () => {
  const plain = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) => [200, 120, 40][i % 3]!);
  const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 3 } } as const;
  const files = {
    "a/1.jpg": sharp(plain, raw).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
    "a/2.png": sharp(plain, raw).png({ palette: true }).toBuffer(),
    "b/1.png": sharp(plain, raw).toColourspace("rgb16").png().toBuffer(),
    "b/2.JPEG": sharp(plain, raw).jpeg({ quality: 100 }).toBuffer(),
  };
  await withFiles(files, async (folder) => {
    const { pixels } = await (await imageFolder(folder, { test: 1 }))("test");
    assertEquals(pixels.length, 4 * plain.length);
    for (let i = 0; i < pixels.length; i++) {
      assert(Math.abs(pixels[i]! - plain[i % plain.length]!) <= 2, `${i}: ${pixels[i]}`);
    }
  });
  const dark = {
    "a/1.png": sharp(bytes(1, 1), { raw: { ...raw.raw, channels: 1 } }).toColourspace("grey16").png()
      .toBuffer(),
  };
  await withFiles({ ...dark, "b/1.png": png(1, 1) }, async (folder) => {
    const { pixels, shape } = await (await imageFolder(folder, { test: 1 }))("test");
    assertEquals([shape, pixels], [[HEIGHT, WIDTH, 1], Uint8Array.from([...bytes(1, 1), ...bytes(1, 1)])]);
  });
});

Deno.test("imageFolder() passes over hidden files and files that are no images", async () => {
  const text = new TextEncoder().encode("notes");
  const files = {
    "a/1.png": png(1),
    "b/1.png": png(2),
    "a/.hidden.png": text,
    "a/notes.txt": text,
    "b/Thumbs.db": text,
    ".git/c/1.png": text,
    "__MACOSX/a/1.png": text,
    "readme.md": text,
    "cover.png": text,
  };
  await withFiles(files, async (folder) => {
    const { facts } = await imageFolder(folder, { test: 1 });
    assertEquals([facts.classes, facts.examples.test], [["a", "b"], 2]);
  });
});

Deno.test("imageFolder() names a link to nowhere", async () => {
  await withFiles({ "a/1.png": png(1), "b/1.png": png(2) }, async (folder) => {
    await Deno.symlink(join(folder, "gone.png"), join(folder, "b/2.png"));
    await assertRejects(() => imageFolder(folder), DataError, "b/2.png: it is no PNG or JPEG image");
  });
});

Deno.test("imageFolder() follows links, and ends where they go round", async () => {
  await withFiles({ "real/1.png": png(1), "set/b/1.png": png(2) }, async (folder) => {
    await Deno.symlink(join(folder, "real"), join(folder, "set/a"));
    await Deno.symlink(join(folder, "set"), join(folder, "set/b/round"));
    const { facts } = await imageFolder(join(folder, "set"), { test: 1 });
    assertEquals([facts.classes, facts.examples.test], [["a", "b"], 2]);
  });
});

Deno.test("imageFolder() takes no class's images for another's where a link leads above all classes", async () => {
  await withFiles({ "cat/a.png": png(1), "dog/b.png": png(2), "dog/c.png": png(3) }, async (folder) => {
    await Deno.symlink("..", join(folder, "cat", "up"));
    const pets = await imageFolder(folder, { test: 1 });
    assertEquals([...(await pets("test")).labels], [0, 1, 1]);
  });
});

Deno.test("imageFolder() knows the parts under Kaggle's names, in large and small letters", async () => {
  const files = { "Training/cat/a.png": png(1), "Training/dog/b.png": png(2), "Testing/dog/c.png": png(3) };
  await withFiles(files, async (folder) => {
    const pets = await imageFolder(folder);
    assertEquals(pets.facts.classes, ["cat", "dog"]);
    assertEquals(pets.facts.examples, { train: 2, test: 1 });
    assertEquals([...(await pets("test")).labels], [1]);
  });
});

Deno.test("imageFolder() measures the facts, and calls the kind after folder and content", async () => {
  const flat = (value: number) =>
    sharp(new Uint8Array(HEIGHT * WIDTH).fill(value), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .toColourspace("b-w").png().toBuffer();
  const files = { "train/a/1.png": flat(0), "train/b/1.png": flat(255), "test/a/1.png": flat(9) };
  await withFiles(files, async (folder) => {
    const pets = await imageFolder(folder, { mirrors: true, title: "Pets" });
    assertMatch(pets.name, /^my-pets-[0-9a-f]{8}$/);
    assertEquals([pets.title, pets.facts], ["Pets", {
      classes: ["a", "b"],
      shape: [HEIGHT, WIDTH, 1],
      examples: { train: 2, test: 1 },
      mirrors: true,
      normalise: { mean: [0.5], deviation: [0.5] },
    }]);
    const again = await datasetNamed(`folder:${folder}`);
    assertEquals([again.name, again.facts.mirrors], [pets.name, false]);
    assertEquals(await datasetNamed(pets.name), again);
    await Deno.writeFile(join(folder, "test/a/1.png"), await flat(10));
    assertNotEquals((await imageFolder(folder)).name, pets.name);
  });
});

const broken = png(1).then((bytes) => bytes.slice(0, bytes.length - 30));
const wrongs: Readonly<
  Record<string, [files: Record<string, Uint8Array | Promise<Uint8Array>>, says: RegExp]>
> = {
  "an empty folder": [
    { "a/readme.txt": new Uint8Array(1), "b/1.png": png(1) },
    /Pets!\/a: it has no PNG or JPEG image/,
  ],
  "no folders": [
    { "1.png": png(1), "2.png": png(2) },
    /its 2 images are in no folders; a folder for each class/,
  ],
  "one class": [{ "cat/1.png": png(1) }, /it has one class only, cat; .* two at least/],
  "a broken image": [
    { "a/1.png": png(1), "b/7.png": broken },
    /b\/7\.png: it is no PNG or JPEG image that can be read/,
  ],
  "text in an image's name": [
    { "a/1.png": png(1), "b/7.jpg": new TextEncoder().encode("<html>") },
    /b\/7\.jpg: it is no PNG or JPEG image that can be read/,
  ],
  "an empty image": [{ "a/1.png": png(1), "b/7.png": new Uint8Array() }, /b\/7\.png: it is no PNG or JPEG/],
  "another format": [
    { "a/1.png": png(1), "b/1.webp": png(1) },
    /b\/1\.webp: images of type \.webp are not read/,
  ],
  "another format under a PNG's name": [
    { "a/1.png": png(1), "b/1.png": image(2).webp().toBuffer() },
    /b\/1\.png: it is an image of type webp, whatever its name says/,
  ],
  "two sizes": [
    {
      "a/1.png": png(1),
      "b/2.png": sharp(bytes(1), { raw: { width: HEIGHT, height: WIDTH, channels: 3 } }).png().toBuffer(),
    },
    /a\/1\.png is 4 × 6 and .*b\/2\.png is 6 × 4 \(height × width\)/,
  ],
  "a test class that nobody trains on": [
    { "train/a/1.png": png(1), "train/b/1.png": png(2), "test/c/1.png": png(3) },
    /test\/c: no training image is of this class/,
  ],
  "classes beside the parts": [
    { "train/a/1.png": png(1), "train/b/1.png": png(2), "dog/1.png": png(3) },
    /beside train, which hold folders of classes, it has dog/,
  ],
};

for (const [what, [files, says]] of Object.entries(wrongs)) {
  Deno.test(`imageFolder() says what is wrong with ${what}`, async () => {
    await withFiles(files, async (folder) => {
      const error = await assertRejects(() => imageFolder(folder), DataError);
      assertMatch(error.message, says);
    });
  });
}

Deno.test("imageFolder() says so where there is no folder, or an option that it does not know", async () => {
  await withFiles({ "file": new Uint8Array(1) }, async (folder) => {
    await assertRejects(() => imageFolder(join(folder, "none")), DataError, "none: it is not there");
    await assertRejects(
      () => imageFolder(join(folder, "file")),
      DataError,
      "file: it is a file, not a folder",
    );
    const odd = (options: object) => imageFolder(folder, options as OwnDataOptions);
    await assertRejects(() => odd({ mirror: true }), RangeError, 'did you mean "mirrors"?');
    await assertRejects(() => odd({ test: 1.5 }), RangeError, "Cannot use test 1.5");
  });
});
