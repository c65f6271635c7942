import { assert, assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { attackLoss, lossGradient } from "@gcln/kit/attacks";
import {
  bend,
  type Classifier,
  counted,
  evaluated,
  frozen,
  gradientAt,
  type GradientRules,
  type Images,
  normal,
  passes,
  releasing,
  straightThrough,
  taped,
  tf,
  uniform,
  useBackend,
  withGradients,
} from "@gcln/kit/tensor";
import { quantizedTransform } from "@gcln/kit/transform";
import { network } from "../attacks/_golden.ts";

await useBackend();

type Vector = tf.Tensor1D;
const x = tf.tensor1d([-1.5, -0.2, 0.3, 0.9, 7]);
const slopeOf = async (f: (x: Vector) => tf.Tensor, rules: GradientRules = {}, at = x) => [
  ...await gradientAt((x: Vector) => withGradients(rules, () => f(x)).sum() as tf.Scalar, at).data(),
];
const bytes = async (x: tf.Tensor) => new Uint32Array(new Float32Array(await x.data()).buffer);

Deno.test("withGradients() passes the gradient straight through what has none, and through what saturates", async () => {
  const cases: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    Round: tf.round,
    Floor: tf.floor,
    Ceil: tf.ceil,
    Sign: tf.sign,
    Step: (x) => x.step(),
    ClipByValue: (x) => x.clipByValue(0, 1),
    Relu: tf.relu,
    Relu6: tf.relu6,
  };
  for (const [kernel, f] of Object.entries(cases)) {
    const true_ = await slopeOf(f);
    assert(true_.includes(0), kernel);
    assertEquals(await slopeOf(f, { [kernel]: "identity" }), [1, 1, 1, 1, 1], kernel);
    assertEquals(await slopeOf(f, { [kernel]: "zero" }), [0, 0, 0, 0, 0], kernel);
    const smooth = await slopeOf(f, { [kernel]: "smooth" });
    assert(smooth.every((slope) => slope >= 0 && slope <= 2) && smooth.some((slope) => slope > 0), kernel);
    assertEquals(await slopeOf(f), true_, kernel);
  }
});

Deno.test("The smooth gradients of what jumps are those of functions that rise by as much", async () => {
  // The integral of the slope over [−8, 8], a whole number of periods, is how much the function rises.
  const n = 1600, at = tf.linspace(-8 + 8 / n, 8 - 8 / n, n) as Vector;
  const rise = async (kernel: string, f: (x: tf.Tensor) => tf.Tensor) =>
    (await slopeOf(f, { [kernel]: "smooth" }, at)).reduce((a, b) => a + b) * 16 / n;
  for (
    const [kernel, f, rises] of [["Round", tf.round, 16], ["Floor", tf.floor, 16], [
      "Ceil",
      tf.ceil,
      16,
    ]] as const
  ) {
    assertAlmostEquals(await rise(kernel, f), rises, 1e-3);
  }
  assertAlmostEquals(await rise("Sign", tf.sign), 2, 1e-3);
  assertAlmostEquals(await rise("Step", (x) => x.step()), 1, 1e-3);
  assertAlmostEquals(await rise("Greater", (x) => x.greater(0.3).cast("float32")), 1, 1e-3);
  assertAlmostEquals(await rise("LessEqual", (x) => x.lessEqual(0.3).cast("float32")), -1, 1e-3);
});

Deno.test("Comparisons, which have no gradient, get one, through casts, logic and choices", async () => {
  const above: GradientRules = { Greater: "identity", Less: "identity" };
  const step = (x: tf.Tensor) => x.greater(0.5).cast("float32").mul(3);
  assertThrows(() => gradientAt((x: Vector) => step(x).sum() as tf.Scalar, x), Error, "Greater");
  assertEquals(await slopeOf(step, above), [3, 3, 3, 3, 3]);
  assertEquals(await slopeOf((x) => x.less(0.5).cast("float32"), above), [-1, -1, -1, -1, -1]);
  assertEquals(await slopeOf(step, { Greater: "zero" }), [0, 0, 0, 0, 0]);
  const chosen = (x: tf.Tensor) => tf.where(x.greater(0), tf.scalar(5), tf.scalar(2));
  assertEquals(await slopeOf(chosen, { ...above, Select: "identity" }), [3, 3, 3, 3, 3]);
  // a ∧ ¬b with a = (x > 0), b = (x > 1): 1 between. As numbers a (1 − b), whose slope is (1 − b) − a.
  const between = (x: tf.Tensor) => x.greater(0).logicalAnd(x.greater(1).logicalNot()).cast("float32");
  const rules: GradientRules = { ...above, LogicalAnd: "identity", LogicalNot: "identity" };
  assertEquals(await slopeOf(between, rules), [1, 1, 0, 0, -1]);
  // What is broadcast gets the sum.
  const level = tf.scalar(0.5);
  const back = gradientAt(
    (level: tf.Scalar) => withGradients(above, () => x.greater(level)).cast("float32").sum() as tf.Scalar,
    level,
  );
  assertEquals([...await back.data()], [-5]);
});

Deno.test("One-hot vectors are differentiated by their neighbours", async () => {
  const values = tf.tensor1d([10, 20, 50, 50]), at = tf.tensor1d([0, 1, 2, 3]);
  const lookUp = (x: tf.Tensor) => tf.oneHot(x.cast("int32"), 4).cast("float32").mul(values);
  assertEquals(await slopeOf(lookUp, {}, at), [0, 0, 0, 0]);
  assertEquals(await slopeOf(lookUp, { OneHot: "identity" }, at), [10, 20, 15, -25]);
});

Deno.test("A rule of one's own is taken as TensorFlow.js takes it", async () => {
  const sine: GradientRules = {
    Sin: { inputsToSave: ["x"], gradFunc: (dy, [x]) => ({ x: () => x!.mul(dy as tf.Tensor) }) },
  };
  const slope = await slopeOf((x) => x.sin(), sine);
  assertEquals(slope, [...await x.data()]);
});

Deno.test("quantizedTransform() with its exact gradient becomes the straight-through one, bit for bit", async () => {
  const images = uniform<tf.Rank.R4>([2, 16, 16, 3], 0, 1, 1),
    weights = normal<tf.Rank.R4>([1, 16, 16, 3], 0, 1, 2);
  for (const transform of ["dct", "haar"] as const) {
    const slope = (backward: "exact" | "straight-through", rules: GradientRules) =>
      gradientAt(
        (x: Images) =>
          withGradients(rules, () => quantizedTransform(x, { q: 10 / 255, transform, backward }))
            .mul(weights).square().sum() as tf.Scalar,
        images,
      );
    const wanted = await bytes(slope("straight-through", {}));
    assertEquals(await bytes(slope("exact", { Round: "identity" })), wanted);
    assert((await slope("exact", {}).abs().max().data())[0] === 0);
    assertEquals(await bytes(slope("straight-through", { Round: "zero" })), wanted); // has its own gradient
  }
});

const quantizer = (backward: "exact" | "straight-through"): Classifier => {
  const plain = network("plain");
  const crop = (x: Images) => x.slice([0, 0, 0, 0], [-1, 8, 8, -1]);
  return (x) =>
    plain(
      tf.pad(quantizedTransform(crop(x) as Images, { q: 20 / 255, backward }), [[0, 0], [2, 2], [2, 2], [
        0,
        0,
      ]]) as Images,
    );
};

Deno.test("A bent classifier has its own graphs, whichever was compiled first, and so has the straight one", async () => {
  const images = uniform<tf.Rank.R4>([3, 12, 12, 3], 0, 1, 5), labels = tf.tensor1d([0, 1, 2], "int32");
  const largest = async (x: tf.Tensor) => (await x.abs().max().data())[0]!;
  for (const first of ["victim", "bent"]) {
    const victim = frozen(quantizer("exact")), bent = bend(victim, { Round: "identity" });
    const straight = frozen(quantizer("straight-through"));
    const exactly = async () => assertEquals(await largest(lossGradient(victim, images, { labels })), 0);
    const bently = async () => {
      const gradient = lossGradient(bent, images, { labels });
      assertEquals(await bytes(gradient), await bytes(lossGradient(straight, images, { labels })));
      assert(await largest(gradient) > 0);
    };
    for (const look of first === "victim" ? [exactly, bently, exactly] : [bently, exactly, bently]) {
      await look();
    }
    assertEquals(await bytes(bent(images)), await bytes(victim(images)));
    for (const made of [victim, bent, straight]) made.dispose();
  }
});

Deno.test("A graph of a frozen classifier is neither taken nor made where rules hold", async () => {
  const images = uniform<tf.Rank.R4>([3, 12, 12, 3], 0, 1, 5), labels = tf.tensor1d([0, 1, 2], "int32");
  const victim = frozen(quantizer("exact"));
  const largest = async (x: tf.Tensor) => (await x.abs().max().data())[0]!;
  const exact = () => lossGradient(victim, images, { labels });
  const within = () => withGradients({ Round: "identity" }, exact);
  assert(await largest(within()) > 0); // nothing made yet
  assertEquals(await largest(exact()), 0); // nothing left of it
  assert(await largest(within()) > 0); // what was made is not taken
  victim.dispose();
});

Deno.test("The rules hold for the bent classifier only, not for the loss", async () => {
  const images = tf.tensor4d([0.25, 0.5], [1, 1, 2, 1]);
  const classifier = bend((x) => x.mul(10).round().reshape<tf.Tensor2D>([-1, 2]), {
    Round: "identity",
    Relu: "zero",
  });
  const loss = (x: Images) => classifier(x).relu().sum() as tf.Scalar;
  assertEquals([...await gradientAt(loss, images).data()], [10, 10]);
});

Deno.test("A bent classifier counts its passes once", () => {
  const images = tf.zeros<tf.Rank.R4>([3, 1, 2, 1]),
    plain: Classifier = (x) => x.round().reshape<tf.Tensor2D>([-1, 2]);
  for (const victim of [plain, counted(plain), frozen(plain)]) {
    const bent = bend(victim, { Round: "identity" }), before = passes();
    const fn = (
      x: tf.Tensor,
    ) => [
      gradientAt(
        (x: Images) => attackLoss("margin", bent(x), tf.tensor1d([0, 1, 0], "int32")).sum() as tf.Scalar,
        x as Images,
      ),
    ];
    for (let i = 0; i < 2; i++) tf.dispose(evaluated(bent, "test", [images], fn));
    const after = passes();
    assertEquals([after.forward - before.forward, after.backward - before.backward], [6, 6]);
    bent.dispose();
  }
});

Deno.test("Rules end with the function, however it ends, and inner rules come before outer ones", async () => {
  const before = tf.getGradient("Round"), greater = tf.getGradient("Greater");
  assertThrows(
    () =>
      withGradients({ Round: "identity", Greater: "zero" }, () => {
        throw new Error("enough");
      }),
    Error,
    "enough",
  );
  assertStrictEquals(tf.getGradient("Round"), before);
  assertStrictEquals(tf.getGradient("Greater"), greater);
  const nested = (x: Vector) =>
    withGradients({ Round: "identity" }, () => {
      const inner = withGradients({ Round: "zero" }, () => x.round());
      return inner.add(x.round().mul(2)); // the outer rule again
    });
  assertEquals(await slopeOf(nested), [2, 2, 2, 2, 2]);
  assertStrictEquals(tf.getGradient("Round"), before);
  const { customGrad } = tf.engine();
  withGradients({ CustomGrad: "within" }, () => assert(tf.engine().customGrad !== customGrad));
  assertStrictEquals(tf.engine().customGrad, customGrad);
});

Deno.test("withGradients() looks within a custom gradient where it is told to", async () => {
  const hidden = (x: Vector) =>
    (tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return { value: (x as tf.Tensor).square().round(), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
    }))(x);
  assertEquals(await slopeOf(hidden, { Round: "identity" }), [0, 0, 0, 0, 0]);
  const slope = await slopeOf(hidden, { Round: "identity", CustomGrad: "within" });
  assertEquals(slope, [...await x.mul(2).data()]);
  assertEquals(taped(() => hidden(x)), new Set(["CustomGrad"]));
  assertEquals(taped(() => hidden(x), "within"), new Set(["CustomGrad", "Square", "Round"]));
  const straight = straightThrough((x: Vector) => x.round<Vector>());
  assertEquals(await slopeOf(straight), [1, 1, 1, 1, 1]);
  assertEquals(await slopeOf(straight, { CustomGrad: "within" }), [0, 0, 0, 0, 0]);
});

Deno.test("Names that are not known are refused, and so are promises", () => {
  assertThrows(() => withGradients({ Rond: "identity" }, () => {}), RangeError, 'did you mean "Round"');
  assertThrows(() => withGradients({ Equal: "smooth" }, () => {}), RangeError, "there are zero");
  assertThrows(() => withGradients({ CustomGrad: "zero" }, () => {}), RangeError, "within");
  assertThrows(() => withGradients({ Round: "within" }, () => {}), RangeError, "identity, smooth, zero");
  assertThrows(() => withGradients({}, () => Promise.resolve()), TypeError, "asynchronous");
});

Deno.test("Rules, looks at the tape and failed gradients leave no tensor behind", () => {
  const hidden = (x: Vector) =>
    straightThrough((x: Vector) => x.round<Vector>())(x.square<Vector>().clipByValue(0, 1) as Vector);
  const rules: GradientRules = {
    ClipByValue: "smooth",
    Greater: "smooth",
    Select: "smooth",
    CustomGrad: "within",
  };
  const f = (x: Vector) => tf.where(hidden(x).greater(0), x.square(), x) as Vector;
  const once = () => {
    gradientAt((x: Vector) => withGradients(rules, () => f(x)).sum() as tf.Scalar, x).dispose();
    taped(() => f(x), "within");
    taped(() => f(x));
    assertThrows(
      () => releasing(() => gradientAt((x: Vector) => f(x).sum() as tf.Scalar, x)),
      Error,
      "Greater",
    );
  };
  once();
  const count = tf.memory().numTensors;
  once();
  assertEquals(tf.memory().numTensors, count);
});
