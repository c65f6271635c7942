/**
 * The explorer in a real Chromium, on a plain server, below a path. `SCREENSHOTS=FOLDER` keeps pictures of it.
 */
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { attackBy, type AttackSpec, linf } from "@gcln/kit/attacks";
import { adversarialSpec, classifierSpec, gcln, gclnSpec, standBehind } from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import { type Classifier, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";
import { type Backward, dct, quantizedTransform } from "@gcln/kit/transform";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import sharp from "sharp";
import type { Catalogue } from "../../../scripts/site/explorer/settings.ts";
import { writeSite } from "../../../scripts/site/write_site.ts";
import { assertFits, chromiumPath } from "../../report/_chromium.ts";
import { bytesIn, served, troubleOf } from "./_served.ts";

const MEGABYTE = 1e6, PATIENCE = 240_000; // ms, for machines that are busy
const ignore = chromiumPath() === undefined;
if (ignore) console.warn("No Chromium on PATH: the tests of the explorer in a browser are left out");

const site = await Deno.makeTempDir();
await writeSite(site, { only: ["explorer"] });
addEventListener("unload", () => Deno.removeSync(site, { recursive: true }));

const folder = join(site, "explorer");
const catalogue: Catalogue = JSON.parse(await Deno.readTextFile(join(folder, "catalogue.json")));
const { labels } = catalogue["street-digits"];
const bytes = await Deno.readFile(join(folder, "images.bin"));

Deno.test("the explorer has less than 8 MB in all, and its scripts less than 2.5", async () => {
  const sizes = bytesIn(folder), { size } = await Deno.stat(join(folder, "worker.js"));
  assert(sizes < 8 * MEGABYTE, `${sizes} bytes`);
  assert(size < 2.5 * MEGABYTE, `${size} bytes`);
});

Deno.test("the explorer's scripts hold no native engine, and nothing of Deno that a page would call", async () => {
  const source = await Deno.readTextFile(join(folder, "worker.js"));
  assert(!source.includes("tfjs-node-gpu") && !source.includes("TF_CPP_MIN_LOG_LEVEL"));
  assert(!(await Deno.readTextFile(join(folder, "page.js"))).includes("Deno."));
});

/** One of the page's images, for the kit. */
function batchOf(index: number) {
  const values = Float32Array.from(bytes.subarray(index * 3072, (index + 1) * 3072), (value) => value / 255);
  return {
    images: tf.tensor4d(values, [1, 32, 32, 3]),
    labels: tf.tensor1d([labels[index]!], "int32"),
  };
}

/** What the kit itself finds, by its own functions: the attacked image, and what the victim says of it. */
async function found(spec: AttackSpec, victim: Classifier, surrogate: Classifier, index: number) {
  const images = await attackBy(spec)(surrogate, batchOf(index), { seed: 1 });
  const probabilities = tf.tidy(() => tf.softmax(victim(images)));
  return { images: [...await images.data()], probabilities: [...await probabilities.data()] };
}

/** The numbers that a panel shows, class by class, between 0 and 1. */
async function shownBy(panel: Locator): Promise<number[]> {
  const texts = await panel.locator(".probabilities .number").allInnerTexts();
  return texts.map((text) => Number.parseFloat(text) / 100);
}

/** The pixels of a canvas, as numbers between 0 and 1. */
async function pixelsOf(canvas: Locator): Promise<number[]> {
  const rgba = await canvas.evaluate((
    element,
  ) => [
    ...(element as unknown as {
      getContext(kind: "2d"): { getImageData(...box: number[]): { data: Uint8Array } };
    })
      .getContext("2d").getImageData(0, 0, 32, 32).data,
  ]);
  return rgba.filter((_, i) => i % 4 !== 3).map((value) => value / 255);
}

const picture = (panel: Locator, name: string) =>
  panel.locator(".picture", { has: panel.page().getByText(name, { exact: true }) }).locator("canvas");

/** Waits until the newest choice has been worked on to its end. */
async function done(page: Page): Promise<void> {
  await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))"); // until the page has seen the choice
  await page.locator(".stage[aria-busy=false] .panel").first().waitFor();
}

function assertSame(shown: readonly number[], kit: readonly number[], tolerance: number, what: string): void {
  assertEquals(shown.length, kit.length, what);
  const most = Math.max(...shown.map((value, i) => Math.abs(value - kit[i]!)));
  assert(most <= tolerance, `${what}: ${most} apart, ${tolerance} is allowed`);
}

/** Engines round differently, which may turn the sign of a slope: so few numbers of an image may differ by a step. */
function assertSamePixels(shown: readonly number[], kit: readonly number[], what: string): void {
  const apart = shown.filter((value, i) => Math.abs(value - kit[i]!) > 0.6 / 255).length;
  assert(apart <= shown.length / 50, `${what}: ${apart} of ${shown.length} numbers differ`);
}

Deno.test({
  name: "the explorer in Chromium",
  ignore,
  async fn(context) {
    await useBackend();
    await using server = served(site);
    const browser: Browser = await chromium.launch({ executablePath: chromiumPath()!, timeout: PATIENCE });
    const address = `${server.address}explorer/index.html`;
    const open = async (hash: string, width = 1300, colorScheme: "light" | "dark" = "light") => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      page.setDefaultTimeout(PATIENCE);
      const trouble = troubleOf(page, server.address);
      await page.goto(`${address}?engine=wasm${hash}`);
      await done(page);
      return { page, trouble };
    };
    const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
    const classifier = await trained(classifierSpec(profiles.quick, "street-digits", 1));
    const ball = linf(8 / 255),
      bim = (steps: number) => ({ attack: "bim", ball, stepSize: 2 / 255, steps }) as const;
    try {
      await context.step("shows what the kit computes for the paper's defense, step by step", async () => {
        const row = { defense: "gcln", q: 10 / 255, features: "classifier" } as const;
        const cleaner = await trained(gclnSpec(profiles.quick, "street-digits", row, 1));
        const { victim, surrogates } = await gcln.stand({ classifier, cleaner }, row, circumstances);
        const straight = surrogates!["straight-through"] as Classifier;
        const { page, trouble } = await open("#attack=bim&steps=2&image=3");
        const exactPanel = page.locator("[data-who='as printed']");
        const straightPanel = page.locator("[data-who='straight-through']");
        const exact = await found(bim(2), victim, victim, 3), kit = await found(bim(2), victim, straight, 3);
        assertSame(await shownBy(exactPanel), exact.probabilities, 0.005, "exact");
        assertSame(await shownBy(straightPanel), kit.probabilities, 0.03, "straight-through");
        assertSamePixels(await pixelsOf(picture(straightPanel, "Attacked")), kit.images, "attacked");
        const original = [...await batchOf(3).images.data()];
        assertSamePixels(await pixelsOf(picture(exactPanel, "Attacked")), original, "exact gradient");
        const images = tf.tensor4d(original, [1, 32, 32, 3]);
        assertSame(
          await pixelsOf(picture(exactPanel, "Cleaned")),
          [...await cleaner(images).data()],
          1.5 / 255,
          "cleaned",
        );
        assertMatch(await exactPanel.locator(".slope").innerText(), /: 0, exactly/);
        assertGreater(Number.parseFloat(await straightPanel.locator(".slope b").innerText()), 0);

        await page.getByLabel("Step 2 of 2").fill("1");
        const first = await found(bim(1), victim, straight, 3);
        assertSame(await shownBy(straightPanel), first.probabilities, 0.03, "after one step");
        await page.getByRole("button", { name: "Play" }).click();
        await page.getByRole("button", { name: "Play" }).waitFor(); // which it is again at the end
        await page.getByLabel("Step 2 of 2").waitFor();
        assertEquals(trouble, []);
        cleaner.dispose();
        await page.close();
      });

      await context.step(
        "shows the transform of the kit, block by block and channel by channel",
        async () => {
          const { page } = await open("#defense=quantizer&attack=bim&steps=1&epsilon=0&q=20&image=4");
          const { images } = batchOf(4), spectrum = (await dct(images).array())[0]!;
          const table = async (name: string) =>
            (await page.getByRole("table", { name }).locator("td").allInnerTexts()).map((text) =>
              Number(text.replace("−", "-"))
            );
          await page.getByLabel("Row 1, column 3").check();
          await page.getByLabel("Channel").selectOption("Blue");
          const wanted = Array.from(
            { length: 64 },
            (_, i) => spectrum[Math.floor(i / 8)]![16 + i % 8]![2]! * 255,
          );
          assertSame(await table("Before"), wanted, 0.501, "before");
          assertSame(
            await table("After"),
            wanted.map((value) => Math.round(value / 20) * 20),
            1e-6,
            "after",
          );
          const quantized = dct(quantizedTransform(images, { q: 20 / 255 }));
          const nonzero = [...await quantized.data()].filter((value) => Math.abs(value) > 1e-4).length;
          const shown = Number(await page.locator(".left-after").innerText());
          assert(Math.abs(shown - nonzero) <= 5, `${shown}, and the kit has ${nonzero}`); // engines round halves differently
          await page.close();
        },
      );

      await context.step("each control changes what it says, and the answer is the kit's", async () => {
        const { page, trouble } = await open("#defense=none&attack=fgs&image=5");
        const panel = page.locator("[data-who='as printed']"), fgs = { attack: "fgs", ball } as const;
        assertEquals(await page.locator(".panel").count(), 1);
        assert(await page.getByLabel("Steps").isDisabled());
        const plain = await found(fgs, classifier, classifier, 5);
        assertSame(await shownBy(panel), plain.probabilities, 0.03, "no defense");

        await page.getByLabel("ε, the most").fill("0");
        await done(page);
        assertSamePixels(
          await pixelsOf(picture(panel, "Attacked")),
          [...await batchOf(5).images.data()],
          "ε = 0",
        );

        await page.getByRole("radio", { name: "Digit 7, number 15" }).check();
        await done(page);
        assertSamePixels(
          await pixelsOf(picture(panel, "Original")),
          [...await batchOf(14).images.data()],
          "image",
        );

        await page.getByLabel("ε, the most").fill("8");
        await page.getByLabel("What protects").selectOption("adversarial");
        await done(page);
        const hardened = await trained(adversarialSpec(profiles.quick, "street-digits", 1));
        const trainedAgainst = await found(fgs, hardened, hardened, 14);
        assertSame(await shownBy(panel), trainedAgainst.probabilities, 0.03, "adversarial training");
        hardened.dispose();

        await page.getByLabel("What protects").selectOption("quantizer");
        await page.getByLabel("Quantization step").fill("30");
        await page.getByLabel("Method").selectOption("MI-FGSM");
        await page.getByLabel("Steps").fill("1");
        for (const [choice, name] of [["straight-through", "straight-through"], ["oblivious", "oblivious"]]) {
          await page.getByLabel("The second attacker's").selectOption(choice!);
          await done(page);
          const quantizer = (backward: Backward) => (images: Images) =>
            tf.clipByValue(quantizedTransform(images, { q: 30 / 255, backward }), 0, 1);
          const stand = standBehind(classifier, quantizer("exact"), quantizer("straight-through"));
          const second = page.locator(`[data-who='${name}']`);
          const momentum = { attack: "momentum", ball, stepSize: 2 / 255, steps: 1 } as const;
          const kit = await found(momentum, stand.victim, stand.surrogates![name!] as Classifier, 14);
          assertSame(await shownBy(second), kit.probabilities, 0.03, name!);
        }

        await page.getByRole("button", { name: "Second attacker's image" }).click();
        assertMatch(await page.locator(".spectrum .hint").innerText(), /second attacker \(oblivious\)/);
        assertMatch(
          page.url(),
          /#defense=quantizer&q=30&attack=momentum&epsilon=8&steps=1&attacker=oblivious&image=14/,
        );
        assertEquals(trouble, []);
        await page.close();
      });

      await context.step(
        "a reader's own picture is attacked too, and what is none is refused in words",
        async () => {
          const { page } = await open("#defense=none&attack=fgs&epsilon=4");
          const orange = {
            width: 60,
            height: 40,
            channels: 3,
            background: { r: 255, g: 128, b: 0 },
          } as const;
          const own = page.getByLabel("Your own picture");
          await own.setInputFiles({
            name: "own.png",
            mimeType: "image/png",
            buffer: await sharp({ create: orange }).png().toBuffer(),
          });
          await done(page);
          const shown = await pixelsOf(picture(page.locator(".panel"), "Original"));
          assertSame(shown, Array.from({ length: 3072 }, (_, i) => [1, 128 / 255, 0][i % 3]!), 0.01, "own");
          await page.getByLabel("True class of your picture").selectOption("6");
          await done(page);
          assertMatch(await page.locator(".probabilities .true").innerText(), /^6/);
          await own.setInputFiles({
            name: "notes.txt",
            mimeType: "text/plain",
            buffer: Buffer.from("no"),
          });
          assertMatch(await page.getByRole("alert").innerText(), /Cannot read notes.txt as a picture/);
          await page.close();
        },
      );

      await context.step(
        "photos are read by the network of CIFAR-10, and no free photo is more than it is",
        async () => {
          const { page, trouble } = await open("#data=cifar10&defense=none&attack=fgs&epsilon=4&image=0");
          const panel = page.locator("[data-who='as printed']"),
            spec = classifierSpec(profiles.course, "cifar10", 1);
          const photos = await trained(spec), { classes, names } = catalogue.cifar10;
          const pixels = await pixelsOf(picture(panel, "Original"));
          const images = tf.tensor4d(pixels, [1, 32, 32, 3]),
            labels = tf.tensor1d([classes.indexOf("cat")], "int32");
          const attacked = await attackBy({ attack: "fgs", ball: linf(4 / 255) })(
            photos,
            { images, labels },
            { seed: 1 },
          );
          const kit = tf.tidy(() => tf.softmax(photos(attacked)));
          assertSame(await shownBy(panel), [...await kit.data()], 0.03, "photo");
          photos.dispose();
          assertMatch(
            await page.getByRole("status").innerText(),
            /^Without an attack the image is read as cat/,
          );
          assertEquals(await page.getByLabel("What protects").locator("option").count(), 2);
          assert(await page.getByRole("button", { name: "2. The paper's defense" }).isDisabled());
          await page.getByRole("radio", { name: names.at(-1)!, exact: true }).check();
          await done(page);
          assertMatch(
            await page.getByRole("status").innerText(),
            /though it is ship: there is nothing to win/,
          );
          assertMatch(await page.locator(".controls").innerText(), /Felice Beato, 1865/);
          await page.getByLabel("What the classifier reads").selectOption("street-digits");
          await done(page);
          assertMatch(
            await page.getByRole("status").innerText(),
            /^Without an attack the image is read as \d/,
          );
          assertEquals(trouble, []);
          await page.close();
        },
      );

      await context.step("a network that can't be loaded is said so, and the page goes on", async () => {
        const { page } = await open("#defense=none&attack=fgs");
        await page.route("**/*-q40-*", (route) => route.abort());
        await page.getByLabel("What protects").selectOption("gcln");
        await page.getByLabel("Quantization step").selectOption("40/255");
        await page.getByRole("alert").waitFor();
        await page.getByLabel("What protects").selectOption("none");
        await done(page);
        assertEquals(await page.getByRole("alert").count(), 0);
        await page.close();
      });

      await context.step("keys alone lead through the page, and the outcome is announced", async () => {
        const { page } = await open("#defense=none&attack=bim&steps=1&image=0");
        const focused = () =>
          page.evaluate(
            "document.activeElement.closest('label, a, button, select, input')?.textContent?.trim()",
          );
        await page.keyboard.press("Tab");
        assertEquals(await focused(), "To the text");
        await page.keyboard.press("Enter");
        await page.keyboard.press("Tab");
        assertEquals(await focused(), "1. No defense");
        await page.getByRole("radio", { name: "Digit 0, number 1", exact: true }).focus();
        await page.keyboard.press("ArrowRight");
        await done(page);
        assert(await page.getByRole("radio", { name: "Digit 0, number 2", exact: true }).isChecked());
        await page.getByLabel("Step 1 of 1").focus();
        await page.keyboard.press("ArrowLeft");
        assertEquals(await page.locator(".steps-shown .value").innerText(), "0");
        const said = page.getByRole("status");
        assertEquals(await said.getAttribute("aria-live"), "polite");
        assertMatch(
          await said.innerText(),
          /^Without an attack the image is read as 0 .* After 1 step the attacker has /,
        );
        const unnamed = await page.locator("input, select, button, canvas").evaluateAll((elements) =>
          (elements as unknown as {
            labels?: { length: number };
            textContent: string;
            ariaLabel: string;
            outerHTML: string;
          }[])
            .filter(({ labels, textContent, ariaLabel }) =>
              !labels?.length && !ariaLabel && !textContent.trim()
            )
            .map(({ outerHTML }) => outerHTML)
        );
        assertEquals(unnamed, []);
        await page.close();
      });

      for (const width of [1300, 400]) {
        for (const colorScheme of ["light", "dark"] as const) {
          await context.step(`fits ${width} pixels, ${colorScheme}`, async () => {
            const { page, trouble } = await open("#attack=bim&steps=1", width, colorScheme);
            await assertFits(page, width);
            const shots = Deno.env.get("SCREENSHOTS"), shot = await page.screenshot({ fullPage: true });
            if (shots) await Deno.writeFile(join(shots, `explorer-${width}-${colorScheme}.png`), shot);
            const { data } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
            assertEquals([...data.subarray(0, 3)], colorScheme === "light" ? [255, 255, 255] : [15, 20, 25]);
            assertEquals(trouble, []);
            await page.close();
          });
        }
      }
    } finally {
      classifier.dispose();
      await browser.close();
    }
  },
});
