import { ownCodeIn } from "./_own_code.ts";
import { digest } from "./digest.ts";
import { kindOf } from "./network_kind.ts";
import type { TrainedSpec } from "./spec.ts";
import { trainingContent } from "./training_images.ts";

/** Raised whenever the code that trains changes what comes out: old weights are then not taken for new ones. */
const CODE_VERSION = 1;

/**
 * A spec's name for people and files, `street-digits-resnet18-3f2a…`: equal specs have equal names, and others others. Of a
 * kind, an architecture or an attack of one's own, its code is a part of what is hashed; of a data set of one's own, the
 * training images.
 *
 * @throws {RangeError} Where the kind of network is not known.
 *
 * @example Usage
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { type ClassifierSpec, idOf } from "@gcln/kit/training";
 *
 * const spec: ClassifierSpec = {
 *   kind: "classifier",
 *   network: { architecture: "resnet18", width: 16, classes: 10, channels: 3, stem: 2 },
 *   data: "street-digits",
 *   training: { examples: 8_000, images: 300_000, batch: 128, rate: 0.1, augment: { shift: 2 } },
 *   seed: 1,
 * };
 * assertMatch(await idOf(spec), /^street-digits-resnet18-[0-9a-f]{12}$/);
 * ```
 */
export async function idOf(spec: TrainedSpec): Promise<string> {
  const { dataset, word, code } = kindOf(spec);
  const version = code === undefined ? CODE_VERSION : `${CODE_VERSION} ${code}`;
  const name = dataset(spec), content = await trainingContent(name);
  return `${name}-${word(spec)}-${await digest({
    ...spec,
    code: version,
    content,
    ownCode: ownCodeIn(spec),
  })}`;
}

/**
 * A spec and those that it is made from, these first, none twice.
 *
 * @param spec The network.
 * @returns What {@linkcode trained} has to train where nothing is there.
 */
export function withNeeded(spec: TrainedSpec): readonly TrainedSpec[] {
  const { needs } = kindOf(spec);
  const before = Object.values(needs?.(spec) ?? {}).flatMap(withNeeded);
  return [...new Set([...before, spec])];
}
