import { valueText } from "../kinds/mod.ts";
import { ownCodeIn } from "./_own_code.ts";
import { digest } from "./digest.ts";
import { kindOf } from "./network_kind.ts";
import type { TrainedSpec } from "./spec.ts";
import { trainingContent } from "./training_images.ts";

/** The version of the training code. Raise it when a change of the code changes trained weights, so that old ones are not used. */
const CODE_VERSION = 1;

/**
 * The id of a spec, which is a readable file name: `street-digits-resnet18-3f2a…`. Equal specs have equal ids, different
 * specs different ones. The hash includes the code of a user's own kind, architecture or attack, and the training images of
 * a user's own data set.
 *
 * @throws {RangeError} If the kind of network is not known.
 * @throws {TypeError} If a field that its name is made of is missing.
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
  const { code } = kindOf(spec);
  const version = code === undefined ? CODE_VERSION : `${CODE_VERSION} ${code}`;
  const [name, word] = namesOf(spec), content = await trainingContent(name);
  return `${name}-${word}-${await digest({
    ...spec,
    code: version,
    content,
    ownCode: ownCodeIn(spec),
  })}`;
}

/** The data set of a spec, and the word for it. */
function namesOf(spec: TrainedSpec): readonly [dataset: string, word: string] {
  const { name, dataset, word } = kindOf(spec);
  try {
    return [dataset(spec), word(spec)];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      `Cannot name the network of ${valueText(spec)}: the fields of a ${name} are wanted (${error.message})`,
      { cause: error },
    );
  }
}

/**
 * A spec and the specs of all networks that it needs, these first, without duplicates.
 *
 * @param spec The spec of a network.
 * @returns The specs that {@linkcode trained} trains, in this order, if no weights exist.
 */
export function withNeeded(spec: TrainedSpec): readonly TrainedSpec[] {
  const { needs } = kindOf(spec);
  const before = Object.values(needs?.(spec) ?? {}).flatMap(withNeeded);
  return [...new Set([...before, spec])];
}
