import { assert, assertEquals } from "@std/assert";
import {
  type Classifier,
  counted,
  evaluated,
  frozen,
  gradientAt,
  type Images,
  passes,
  type tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

const plain: Classifier = (images) => images.square().mean([1, 2]);
const images = (n: number) => uniform<tf.Rank.R4>([n, 3, 3, 2], 0, 1, n);

/** What a stretch of work cost, as [forward, backward]. */
function cost(work: () => void): [number, number] {
  const before = passes();
  work();
  const after = passes();
  return [after.forward - before.forward, after.backward - before.backward];
}

const slope = (classifier: Classifier, x: Images) =>
  gradientAt((x: Images) => classifier(x).sum() as tf.Scalar, x);

Deno.test("counted() counts images, forwards and back, and changes neither values nor gradients", async () => {
  const classifier = counted(plain), x = images(4);
  assertEquals(cost(() => classifier(x)), [4, 0]);
  assertEquals(cost(() => slope(classifier, x)), [4, 4]);
  assertEquals(await classifier(x).data(), await plain(x).data());
  assertEquals(await slope(classifier, x).data(), await slope(plain, x).data());
});

Deno.test("counted() counts a classifier once, however often it is wrapped", () => {
  assertEquals(cost(() => counted(counted(frozen(plain)))(images(2))), [2, 0]);
  assert(counted(plain) === counted(plain) && counted(counted(plain)) === counted(plain));
});

Deno.test("a compiled graph counts with each run what its function costs, and nothing for its recording", () => {
  const classifier = frozen(plain);
  const twice = () =>
    evaluated(classifier, "twice", [images(3)], (x) => [
      classifier(x as Images),
      slope(classifier, x as Images),
    ]);
  assertEquals(cost(() => twice()), [6, 3]);
  assertEquals(cost(() => (twice(), twice())), [12, 6]);
  classifier.dispose();
});
