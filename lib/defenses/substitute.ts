import { threatNamed } from "../attacks/mod.ts";
import { fold } from "../tensor/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import { classifierSpec } from "./none.ts";
import { type Profile, profileFor } from "./profile.ts";

/**
 * The substitute of the black-box attacker (§4.2): a ResNet-34 trained on the same data like the target, from a seed of
 * its own, so that no weight begins as the target's does. Where the profile says so, it sees fewer images than the target.
 */
export function substituteSpec(profile: Profile, data: string, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed);
  const { images = target.training.images } = profileFor(profile, data).substitute ?? {};
  return {
    ...target,
    network: { ...target.network, architecture: "resnet34" } as ClassifierSpec["network"],
    training: { ...target.training, images },
    seed: fold(seed, "substitute"),
  };
}

/**
 * Whether an attacker of this threat model has neither the classifier nor the defense, and so attacks the substitute.
 *
 * @throws {RangeError} Where the threat model is not known.
 */
export function hasOnlySubstitute(threat: string): boolean {
  return threatNamed(threat).knows === "nothing";
}
