import { assertEquals, assertLess } from "@std/assert";
import { attackBy, type AttackSpec, linf } from "@gcln/kit/attacks";
import { classifierOf, resnet } from "@gcln/kit/networks";
import { frozen, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

const ball = linf(8 / 255);
const specs: readonly AttackSpec[] = [
  { attack: "fgs", ball },
  { attack: "bim", ball, stepSize: 2 / 255, steps: 3 },
  { attack: "pgd", ball, stepSize: 2 / 255, steps: 3, loss: "margin" },
  { attack: "apgd", ball, steps: 4 },
  { attack: "momentum", ball, stepSize: 2 / 255, steps: 3 },
  { attack: "carliniWagner", norm: "linf", ball, steps: 3 },
];

const network = resnet({ architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 });
const classifier = classifierOf(network, network.init(3));
const batch = {
  images: uniform<tf.Rank.R4>([8, 32, 32, 3], 0, 1, 4),
  labels: tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], "int32"),
};

for (const spec of specs) {
  Deno.test(`${spec.attack} on a frozen classifier does what it does on the plain one`, async () => {
    const marked = frozen(classifier), attack = attackBy(spec);
    const [plain, compiled] = [
      await attack(classifier, batch, { seed: 1 }),
      await attack(marked, batch, { seed: 1 }),
    ];
    // Sums round differently, and where a gradient is all but zero its sign may turn: a few pixels at most.
    const apart = tf.tidy(() => plain.sub(compiled).abs().greater(1e-4).cast("float32").mean());
    assertLess((await apart.data())[0]!, 0.005);
    const again = await attack(marked, batch, { seed: 1 });
    assertEquals(await again.data(), await compiled.data());
    tf.dispose([plain, compiled, apart, again]);
    marked.dispose();
  });
}
