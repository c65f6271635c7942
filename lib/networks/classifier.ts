import { type Classifier, type Images, type Logits, type Parameters, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { checkNetwork, checkParameters } from "./_check_network.ts";
import { foldBatchNorms } from "./fold.ts";

/** Something that holds tensors until it is told to let go. */
export interface Owner {
  /** Frees the tensors that it holds; it cannot be used afterwards. */
  dispose(): void;
}

/** Folded parameters that outlive the scope they were made in. */
export function ownedParameters(
  network: Network<tf.Tensor>,
  parameters: Parameters,
): Parameters {
  const folded = foldBatchNorms(network, parameters);
  for (const tensor of Object.values(folded)) tf.keep(tensor);
  return folded;
}

/**
 * A trained network as a function from images to logits, in inference.
 *
 * Batch norms are folded once into copies that the classifier owns, so the parameters may be freed. A call leaves nothing
 * behind but the logits, which are the caller's.
 *
 * @param network From images to logits.
 * @param parameters Its parameters.
 * @throws {RangeError} If a parameter is missing or has another shape. When called, if it gives no `[n, classes]`.
 * @throws {TypeError} If it is no network.
 * @returns The classifier, with `dispose` for those who make many.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierOf, network } from "@gcln/kit/networks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * const classifier = classifierOf(vgg, vgg.init(1));
 * assertEquals(classifier(tf.zeros([3, 16, 16, 1])).shape, [3, 10]);
 * ```
 */
export function classifierOf(network: Network, parameters: Parameters): Classifier & Owner {
  checkNetwork(network);
  checkParameters(network, parameters);
  const owned = ownedParameters(network, parameters);
  return Object.assign<Classifier, Owner>((images) => tf.tidy(() => logitsOf(network, owned, images)), {
    dispose: () => tf.dispose(Object.values(owned)),
  });
}

function logitsOf(network: Network, parameters: Parameters, images: Images): Logits {
  const logits = network.apply(parameters, images);
  if (logits.rank === 2) return logits;
  throw new RangeError(
    `Cannot take logits of shape [${logits.shape}] from a ${network.spec.architecture}: [n, classes] is wanted`,
  );
}
