import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { linf, pgd } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { deploy, gcln, type GclnRow, gclnSpec, LEARNED_STEP, type Profile } from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import { type Classifier, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";
import { quantizedTransform } from "@gcln/kit/transform";

await useBackend();
const q = 10 / 255, row: GclnRow = { q, features: "classifier" };
const specOf = (row: GclnRow, profile: Profile) => gclnSpec(profile, "street-digits", row, 1);

/** Seconds of training: the classifier reads most digits, and attacks make it misread them. */
const tiny: Profile = {
  ...profiles.quick,
  name: "tiny",
  network: { width: 4, stem: 2 },
  images: 9600,
  gcln: {
    pool: 128,
    images: 384,
    adaptive: 128,
    width: 4,
    training: { rates: { generator: 3e-3, detector: 1e-4 } },
  },
  adversary: { images: 256, steps: 2, stepSize: 4, after: 0 },
};

const threats = ["white-box", "straight-through"];

const variants: Readonly<Record<string, Partial<GclnRow>>> = {
  "the paper's": {},
  "Haar's wavelets of blocks of 16": { block: 16, transform: "haar" },
  "a learned step": { step: "learned" },
  "no quantizer": { q: "none" },
  "no detector": { detector: "without" },
  "the quantizer alone": { generator: "untrained" },
  "a loss on pixels": { features: "pixels" },
  "labels, and an attacker who knows of it": { features: "labels", adaptive: true },
};

Deno.test("gcln() in all its variants is attacked no less by an attacker who knows of it than as printed", async (t) => {
  const folder = await Deno.makeTempDir(), ids = new Set<string>();
  const test = await streetDigits("test", { size: 64 }), batch = test.all();
  const share = async (attacked: Images, victim: Classifier) => {
    const right = tf.tidy(() => victim(attacked).argMax(1).equal(batch.labels).cast("float32").mean());
    return (await right.data())[0]!;
  };
  try {
    for (const [name, variant] of Object.entries(variants)) {
      await t.step(name, async () => {
        const circumstances = { profile: tiny, dataset: "street-digits", seed: 1 };
        const defense = await deploy(gcln({ ...row, ...variant }), circumstances, { training: { folder } });
        const attack = async (threat: string) =>
          pgd(await defense.surrogate(threat), batch, {
            ball: linf(8 / 255),
            stepSize: 2 / 255,
            steps: 5,
            seed: 1,
          });
        const attacked: Record<string, number> = {};
        for (const threat of threats) {
          const images = await attack(threat);
          attacked[threat] = await share(images, defense.victim);
          images.dispose();
        }
        const clean = await share(batch.images, defense.victim),
          { "white-box": printed, ...adaptive } = attacked;
        assertLess(Math.min(...Object.values(adaptive)), clean - 0.1);
        assert(Math.min(...Object.values(adaptive)) <= printed!, JSON.stringify(attacked));
        // What rounds has no gradient; what does not has.
        if (variant.q !== "none") assertAlmostEquals(printed!, clean, 0.08);
        else assertAlmostEquals(attacked["straight-through"]!, printed!, 0.03);
        ids.add(defense.networks.join());
        defense.dispose();
      });
    }
    assertEquals(ids.size, Object.keys(variants).length);
    const learned = await trained(specOf({ ...row, step: "learned" }, tiny), { folder });
    const step = Math.exp((await learned.parameters[LEARNED_STEP]!.data())[0]!);
    assertNotEquals(step, q);
    assert(step > q / 2 && step < 2 * q, `${255 * step}`);
    learned.dispose();
    const alone = await trained(specOf({ ...row, generator: "untrained" }, tiny), { folder });
    const wanted = quantizedTransform(batch.images, { q }).clipByValue(0, 1);
    assertEquals((await alone(batch.images).sub(wanted).abs().max().data())[0], 0);
    alone.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
