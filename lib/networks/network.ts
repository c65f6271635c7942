import type { Images, Logits } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import type {
  DenoisingResNetSpec,
  DetectorSpec,
  GeneratorSpec,
  NetworkSpec,
  ResNetSpec,
  VggSpec,
} from "./architectures.ts";
import "./architectures.ts"; // defines the kit's own
import { architectures, oneOf } from "./define_architecture.ts";

/**
 * The network of a spec.
 *
 * @param spec Plain JSON; `architecture` says which.
 * @returns A network from images to logits, or, of a generator, from images to images.
 * @throws {RangeError} If there is no such architecture, or a size makes no network.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { countParameters, network } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const detector = network({ architecture: "detector", width: 16, channels: 3 });
 * assertEquals(countParameters(detector.init(1)), 23714);
 * ```
 */
export function network(spec: ResNetSpec | DenoisingResNetSpec | VggSpec | DetectorSpec): Network;
/** The generator of a spec: from images to images. */
export function network(spec: GeneratorSpec): Network<Images>;
/** The network of any spec. */
export function network(spec: NetworkSpec): Network | Network<Images>;
export function network(spec: NetworkSpec): Network<Logits> | Network<Images> {
  return oneOf(architectures.all(), spec) as Network | Network<Images>;
}
