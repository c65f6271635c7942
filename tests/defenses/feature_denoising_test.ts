import { assertEquals } from "@std/assert";
import { adversarialSpec, featureDenoising } from "@gcln/kit/defenses";
import { profiles } from "@gcln/kit/experiments";
import type { ClassifierSpec } from "@gcln/kit/training";

const circumstances = { profile: profiles.course, dataset: "cifar10", seed: 1 };

Deno.test("feature denoising is adversarial training of another architecture, on fewer images", () => {
  const plain = adversarialSpec(profiles.course, "cifar10", 1);
  const { classifier } = featureDenoising.needs(featureDenoising(), circumstances) as {
    classifier: ClassifierSpec;
  };
  assertEquals(classifier.network as object, {
    ...plain.network,
    architecture: "resnet18-denoising",
    similarity: "dot product",
  });
  assertEquals(classifier.training, { ...plain.training, images: Math.ceil(plain.training.images / 1.7) });
  const { classifier: gaussian } = featureDenoising.needs(
    featureDenoising({ similarity: "gaussian" }),
    circumstances,
  );
  assertEquals((gaussian as ClassifierSpec).network as object, {
    ...classifier.network,
    similarity: "gaussian",
  });
});
