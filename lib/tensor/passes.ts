import { callable, checkSetting } from "../kinds/mod.ts";
import type { Classifier, Images } from "./images.ts";
import { leavingResult } from "./leaving_result.ts";
import { tf } from "./tf.ts";

/** How many images went through classifiers: once for each time they were classified, or differentiated. */
export interface Passes {
  /** Images classified. */
  readonly forward: number;
  /** Images that a gradient came back to. */
  readonly backward: number;
}

let forward = 0, backward = 0;

/**
 * How many images went through {@linkcode counted} (and so through all frozen) classifiers since the program began,
 * compiled or not. The cost of some work is the difference of two calls, before and after it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counted, passes, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const brightness = counted((images) => images.mean([1, 2])), before = passes();
 * tf.grad((x: tf.Tensor) => brightness(x as tf.Tensor4D).sum())(tf.ones([5, 2, 2, 1]));
 * const after = passes();
 * assertEquals([after.forward - before.forward, after.backward - before.backward], [5, 5]);
 * ```
 */
export function passes(): Passes {
  return { forward, backward };
}

/** Adds to the {@linkcode passes}. Compiled graphs need it: what happens inside can't be seen from outside. */
export function addPasses(more: Passes): void {
  forward += more.forward;
  backward += more.backward;
}

/** For a classifier that counts, the function inside it; for a plain one, the classifier that counts for it. */
const insides = new WeakMap<Classifier, Classifier>(), outsides = new WeakMap<Classifier, Classifier>();

/**
 * The same classifier, with its {@linkcode passes} counted. Called again it gives the same one, and a classifier that counts
 * already is returned itself. A call leaves nothing behind but the logits.
 *
 * @param classifier Any.
 */
export function counted(classifier: Classifier): Classifier {
  checkSetting("classifier", callable(), classifier);
  const known = insides.has(classifier) ? classifier : outsides.get(classifier);
  if (known !== undefined) return known;
  const through: Classifier = (images) =>
    leavingResult(() => {
      const count = images.shape[0];
      forward += count;
      // A stage of its own in front: a gradient that comes back to the images passes it.
      const entrance = tf.customGrad((x) => ({
        value: (x as Images).clone(),
        gradFunc: (dy: tf.Tensor) => {
          backward += count;
          return dy;
        },
      }));
      return classifier(entrance(images) as Images);
    });
  Object.assign(through, classifier); // what else it can do: a detector also refuses
  outsides.set(classifier, through);
  return countsItself(through, classifier);
}

/** Marks a classifier that counts by itself the passes of another. */
export function countsItself<T extends Classifier>(classifier: T, inside: Classifier): T {
  insides.set(classifier, inside);
  return classifier;
}

/** The same function without the count, where a classifier counts; else the classifier itself. */
export function uncounted(classifier: Classifier): Classifier {
  const inside = insides.get(classifier);
  return inside === undefined ? classifier : uncounted(inside);
}
