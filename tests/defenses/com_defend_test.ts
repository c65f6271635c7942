import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { gradientFaults, linf, lossGradient } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { bitCoderSpec, comDefend, deploy } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import { tf, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";

await useBackend();

const profile = {
  ...profiles.quick,
  name: "tiny",
  purifiers: { ...profiles.quick.purifiers, bitCoder: { width: 1, images: 32 * 50 } },
};
const circumstances = { profile, dataset: "street-digits", seed: 1 };

Deno.test("ComDefend's code is 12 maps of bits, and the networks have the shape of the paper's", () => {
  const { encoder, decoder } = bitCoderSpec(profiles.paper, "cifar10", 1);
  assertEquals(encoder.widths, [16, 32, 64, 128, 256, 128, 64, 32, 12]);
  assertEquals(decoder.widths, [32, 64, 128, 256, 128, 64, 32, 16, 3]);
});

Deno.test("ComDefend's bits have no gradient; through soft bits or none at all less is left", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const coder = await trained(bitCoderSpec(profile, "street-digits", 1), { folder });
    const { images } = (await streetDigits("test", { size: 20 })).all(), bits = coder.encode(images);
    assertEquals(bits.shape, [20, 32, 32, 12]);
    assert((await bits.data()).every((bit) => bit === 0 || bit === 1));
    assertEquals(await coder.encode(images, "as in training").data(), await bits.data());
    const first = coder.history[0]!.loss!, last = coder.history.at(-1)!.loss!;
    assertLess(last, first);
    coder.dispose();
    const defense = await deploy(comDefend(), circumstances, { training: { folder } });
    const digits = (await streetDigits("test")).take(12), batch = digits.all();
    const [printed, straight] = [
      await defense.surrogate("white-box"),
      await defense.surrogate("straight-through"),
    ];
    const zero = tf.tidy(() => gradientFaults(printed, batch).slice([0, 0], [1, 12]).min());
    assertEquals((await zero.data())[0], 1);
    assertGreater((await lossGradient(straight, batch.images, batch).abs().max().data())[0]!, 0);
    const attack = { attack: "pgd", ball: linf(16 / 255), stepSize: 4 / 255, steps: 4 } as const;
    const left = async (threat: string) => {
      const surrogate = await defense.surrogate(threat);
      const { correct } = await measure(defense.victim, digits, { attack, surrogate, seed: 1 });
      return correct.filter(Boolean).length;
    };
    const adaptive = Math.min(await left("straight-through"), await left("identity"));
    assert(adaptive <= await left("white-box"));
    defense.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
