import { drawsOf } from "./draws_of.ts";
import { logitsOf } from "../../judge/mod.ts";
import {
  type Classifier,
  type Images,
  inLogDomain,
  type Logits,
  mayRankOtherwise,
} from "../../tensor/mod.ts";

/**
 * A surrogate's logits, for an attacker to differentiate: {@linkcode inLogDomain}, so that a sure network that ends in
 * log(softmax) keeps its gradient. Whether an image has fallen is told by {@linkcode logitsToTell}.
 *
 * @param surrogate What is differentiated.
 * @param images `[n, h, w, c]`.
 * @returns `[n, classes]`.
 * @throws {RangeError} Where the surrogate does not return such.
 */
export function logitsToClimb(surrogate: Classifier, images: Images): Logits {
  let plain: Logits | undefined;
  const logits = inLogDomain(() => plain = logitsOf(surrogate, images)), drawn = drawsOf.get(plain!);
  if (drawn !== undefined) drawsOf.set(logits, drawn);
  return logits;
}

/**
 * The logits by which a surrogate says whether an image has fallen.
 *
 * @param surrogate What was differentiated.
 * @param images `[n, h, w, c]`.
 * @param climbed Its {@linkcode logitsToClimb}, itself.
 * @returns The same, unless they may rank the classes otherwise: then the surrogate's own, for one more pass forwards.
 */
export function logitsToTell(surrogate: Classifier, images: Images, climbed: Logits): Logits {
  return mayRankOtherwise(climbed) ? logitsOf(surrogate, images) : climbed;
}
