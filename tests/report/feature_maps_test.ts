import { assert, assertEquals, assertLess, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { featureMaps, featureTiles, gallery, heatMap, jupyterDisplay, type Picture } from "@gcln/kit/report";
import { tf, uniform, useBackend } from "@gcln/kit/tensor";
import sharp from "sharp";

await useBackend();

async function decode(picture: Picture): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(picture.png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height], [picture.width, picture.height]);
  return (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

Deno.test("heatMap() goes from viridis's violet to its yellow, and is lighter the hotter", async () => {
  const colours = heatMap(tf.linspace(0, 1, 256).reshape([1, 1, 256]));
  const rgb = (await colours.mul(255).round().array() as number[][][][])[0]![0]!;
  assertEquals([rgb[0], rgb[255]], [[68, 1, 84], [253, 231, 37]]);
  const middle = rgb[128]!;
  assertLess(Math.hypot(middle[0]! - 33, middle[1]! - 145, middle[2]! - 140), 4); // viridis(128) of its authors
  const light = rgb.map(([r, g, b]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!);
  assert(light.every((value, i) => i === 0 || value >= light[i - 1]! - 0.3));
  const beyond = await heatMap(tf.tensor3d([-1, 2], [1, 1, 2])).mul(255).round().array() as number[][][][];
  assertEquals(beyond[0]![0], [rgb[0]!, rgb[255]!]);
});

Deno.test("heatMap() over images shows their grey, from their darkest pixel to their brightest, and none of their colour", async () => {
  const images = tf.tensor4d([0.2, 0.2, 0.2, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3], [1, 1, 3, 3]),
    none = tf.zeros<tf.Rank.R3>([1, 1, 3]);
  const alone = await heatMap(none).data(),
    over = await heatMap(none, { over: images, opacity: 0.75 }).data();
  [0, 1, 0.5].forEach((grey, pixel) => {
    for (let c = 0; c < 3; c++) {
      assertLess(Math.abs(over[3 * pixel + c]! - (0.75 * alone[3 * pixel + c]! + 0.25 * grey)), 1e-5);
    }
  });
  const flat = await heatMap(none, { over: tf.fill([1, 1, 3, 1], 0.5) }).data();
  assert(flat.every((value) => value >= 0 && value <= 1));
  assertThrows(
    () => heatMap(none, { over: tf.zeros([1, 2, 3, 3]) }),
    RangeError,
    "over images of shape [1,2,3,3]",
  );
});

Deno.test("featureTiles() lays maps out row by row with white lines, on one scale", async () => {
  const maps = uniform<tf.Rank.R4>([2, 3, 4, 7], 0, 5, 1), values = await maps.array();
  const channels = [6, 0, 3, 1, 2], [height, width, scale] = [3, 4, 2];
  const tiles = featureTiles(maps, { channels, range: [1, 3], scale });
  assertEquals(tiles.shape, [2, 2 * (height * scale + 1) - 1, 3 * (width * scale + 1) - 1, 1]);
  const drawn = await tiles.array();
  for (let image = 0; image < 2; image++) {
    drawn[image]!.forEach((row, y) =>
      row.forEach(([grey], x) => {
        const [down, across] = [Math.floor(y / (height * scale + 1)), Math.floor(x / (width * scale + 1))];
        const [v, u] = [y % (height * scale + 1), x % (width * scale + 1)],
          channel = channels[down * 3 + across];
        const isLine = v === height * scale || u === width * scale || channel === undefined;
        const value = isLine
          ? 1
          : (values[image]![Math.floor(v / scale)]![Math.floor(u / scale)]![channel]! - 1) / 2;
        assertLess(Math.abs(grey! - Math.min(1, Math.max(0, value))), 1e-5);
      })
    );
  }
});

Deno.test("featureTiles() is black where nothing is active", async () => {
  assertEquals(new Set(await featureTiles(tf.zeros([1, 2, 2, 4])).data()), new Set([0, 1])); // 1: the lines
});

/** A version whose maps are all of one activation, and whose heat is in the left half. */
function seen(activation: number, image = 0.5) {
  return {
    images: tf.fill<tf.Rank.R4>([2, 32, 32, 3], image),
    maps: tf.fill<tf.Rank.R4>([2, 8, 8, 3], activation),
    heat: tf.concat([tf.ones<tf.Rank.R3>([2, 32, 16]), tf.zeros<tf.Rank.R3>([2, 32, 16])], 2),
  };
}
const layers = { maps: "layer1", heat: "layer2" };

Deno.test("featureMaps() draws the maps of all versions on one scale", async () => {
  const picture = await featureMaps({ original: seen(1), attacked: seen(2), cleaned: seen(0) }, { layers });
  const at = await decode(picture), greys = new Map<string, number>();
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const pixel = at(x, y);
      if (new Set(pixel).size === 1) greys.set(`${pixel[0]}`, (greys.get(`${pixel[0]}`) ?? 0) + 1);
    }
  }
  const tile = 3 * (8 * 8) ** 2; // three maps of 8 × 8, eight times as large
  assert(
    greys.get("128")! > 2 * tile + 3 * 2 * 128 ** 2 - 1000,
    "maps at half of the largest, beside the grey images",
  );
  assert(greys.get("0")! >= 2 * tile, "maps at zero");
});

Deno.test("featureMaps() writes classes, distances and overlaps under what they are of, and says them in words", async () => {
  const named = { ...seen(1), predictions: ["cat", "dog"] };
  const other = { ...named, predictions: ["owl", "dog"], distances: [0.5, 1.25], overlaps: [0.125, 1] };
  const { alt, png } = await featureMaps({ original: named, attacked: other }, {
    layers,
    truth: ["cat", "dog"],
  });
  assertEquals(
    alt,
    "Images, feature maps (layer1) and Grad-CAM (layer2), one version a column. " +
      "Image 1: original ✓ cat; attacked ✗ owl distance 0.50 overlap 13%. " +
      "Image 2: original ✓ dog; attacked ✓ dog distance 1.25 overlap 100%.",
  );
  const plain = await featureMaps({ original: seen(1), attacked: seen(1) }, { layers });
  assertNotEquals(plain.png, png);
});

Deno.test("featureMaps() has read everything when it returns, shows itself in a notebook, and frees what it makes", async () => {
  const version = seen(1), before = tf.memory().numTensors;
  const promise = featureMaps({ original: version }, { layers });
  const copy = featureMaps({ original: version }, { layers });
  tf.dispose([version.images, version.maps, version.heat]);
  const bundle = await promise[jupyterDisplay]();
  assert(bundle["image/png"]!.startsWith("iVBORw0KGgo"));
  assertEquals((await copy).png, (await promise).png);
  assertEquals(tf.memory().numTensors, before - 3);
});

Deno.test("featureMaps() refuses versions that do not fit together", async () => {
  const draw = (versions: Parameters<typeof featureMaps>[0], truth?: string[]) =>
    featureMaps(versions, { layers, ...(truth ? { truth } : {}) });
  await assertRejects(() => draw({}), RangeError, "no images");
  const small = { ...seen(1), maps: tf.zeros<tf.Rank.R4>([2, 4, 4, 3]) };
  await assertRejects(() => draw({ a: seen(1), b: small }), RangeError, 'Cannot draw "b" beside "a"');
  await assertRejects(() => draw({ a: seen(1) }, ["cat"]), RangeError, "1 captions under 2 images");
});

Deno.test("heatMap() and featureTiles() are images for a gallery", async () => {
  const { images, maps, heat } = seen(1);
  const picture = await gallery({
    image: images,
    maps: featureTiles(maps),
    heat: heatMap(heat, { over: images }),
  });
  assert(picture.width > 3 * 96);
});
