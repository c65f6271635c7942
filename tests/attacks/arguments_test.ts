/** What TypeScript refuses in a file is refused in a notebook too, where nothing is type-checked. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  attackBy,
  type AttackKind,
  bpda,
  checkBall,
  contains,
  distance,
  diverseInput,
  eot,
  featureAdversary,
  featureDistance,
  l1,
  l2,
  linf,
  pgdAttack,
  project,
  randomStart,
  redrawn,
  steepest,
} from "@gcln/kit/attacks";
import { type Images, type Labels, tf, useBackend } from "@gcln/kit/tensor";
import { bent, scattered } from "./_models.ts";
import { attacksIn, short } from "./_every.ts";

await useBackend();

// deno-lint-ignore no-explicit-any -- what a caller without types might write
type Any = any;
const ball = linf(0.05), kinds = attacksIn("linf"), batch = scattered(), { images, labels } = batch;

/** The error that a call ends in, now or later. */
async function errorOf(call: () => unknown): Promise<Error | undefined> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
}

async function refused(
  call: () => unknown,
  kind: typeof RangeError | typeof TypeError,
  part: string,
  what: string,
) {
  const error = await errorOf(call);
  assert(error instanceof kind, `${what}: ${error?.name ?? "no error"} ${error?.message ?? ""}`);
  assert(error.message.includes(part), `${what}: ${error.message}`);
}

function call(kind: AttackKind, options: object, given: Any = batch): unknown {
  return (kind as Any)(bent, given, { ball, ...short(kind), ...options });
}

Deno.test("Every attack refuses options that it does not know, and guesses what was meant", async () => {
  for (const kind of kinds) {
    await refused(() => call(kind, { nothingOfTheKind: 1 }), RangeError, '"nothingOfTheKind"', kind.name);
    await refused(() => call(kind, { bal: ball }), RangeError, 'did you mean "ball"?', kind.name);
    if ("steps" in kind.settings) {
      await refused(() => call(kind, { nSteps: 3 }), RangeError, '"steps"', kind.name);
    }
  }
});

Deno.test("Every attack refuses numbers, words and tensors that do not fit, and names them", async () => {
  for (const kind of kinds) {
    for (const name of Object.keys(kind.settings)) {
      for (const value of [-1, NaN, Infinity, "x", null, {}]) {
        if (name === "seed" && value === -1) continue; // any whole number is a seed
        if (kind.settings[name]!.accepts(value)) {
          const isTensor = ["ball", "progress", "signal", "surrogates"].includes(name) &&
            typeof value === "object";
          const isOwn = name === "theta" && value === -1;
          assert(isTensor || isOwn, `${kind.name} takes ${name} ${value}`);
          if (name !== "ball") continue;
        }
        const error = await errorOf(() => call(kind, { [name]: value }));
        assert(error instanceof RangeError || error instanceof TypeError, `${kind.name}, ${name} ${value}`);
        assert(error.message.startsWith("Cannot "), error.message);
      }
    }
  }
});

Deno.test("Every attack refuses images, labels and targets of another shape or type", async () => {
  const wrong: [Any, string][] = [
    [null, "batch null"],
    [{ labels }, "images undefined"],
    [{ images: [[1]], labels }, "[[1]]"],
    [{ images: images.cast("int32"), labels }, "type int32"],
    [{ images: images.reshape([6, 60]), labels }, "[6,60]"],
    [{ images }, "labels undefined"],
    [{ images, labels: labels.cast("float32") }, "type float32"],
    [{ images, labels: [0, 1, 2, 3, 4, 0] }, "labels [0,1,2,3,4,0]"],
    [{ images, labels: labels.slice(0, 5) }, "5 labels with 6 images"],
    [{ images, labels: tf.oneHot(labels, 5) }, "[6,5]"],
  ];
  for (const kind of kinds) {
    for (const [given, part] of wrong) {
      const error = await errorOf(() => call(kind, {}, given));
      assert(error instanceof TypeError || error instanceof RangeError, `${kind.name}, ${part}: ${error}`);
      assert(error.message.includes(part), `${kind.name}: ${error.message}`);
    }
    if (!("targets" in kind.settings)) continue;
    await refused(
      () => call(kind, { targets: labels.slice(0, 3) }),
      RangeError,
      "3 targets with 6 images",
      kind.name,
    );
    await refused(
      () => call(kind, { targets: labels.cast("float32") }),
      TypeError,
      "type float32",
      kind.name,
    );
    await refused(() => call(kind, { targets: [1, 2, 3, 4, 0, 1] }), RangeError, "targets", kind.name);
  }
});

const noBalls: [Any, string][] = [
  [{ norm: "Linf", epsilon: 0.1 }, 'did you mean "linf"?'],
  [{ norm: Infinity, epsilon: 0.1 }, 'did you mean "linf"?'],
  [{ norm: 2, epsilon: 0.1 }, 'did you mean "l2"?'],
  [{ norm: "max", epsilon: 0.1 }, '"linf", "l2" or "l1" is wanted'],
  [{ epsilon: 0.1 }, "without norm"],
  [{ norm: "linf" }, "without epsilon"],
  [{ norm: "linf", eps: 0.1 }, 'did you mean "epsilon"?'],
  [{ norm: "linf", epsilon: -0.1 }, "epsilon -0.1"],
  [{ norm: "linf", epsilon: NaN }, "epsilon NaN"],
  [{ norm: "l2", epsilon: Infinity }, "epsilon Infinity"],
  [{ norm: "l2", epsilon: "0.5" }, 'epsilon "0.5"'],
  [{ norm: "l1", epsilon: null }, "epsilon null"],
  [{ norm: "linf", epsilon: [0.1, NaN, 0.1, 0.1, 0.1, 0.1] }, "epsilon [0.1,null"],
  [{ norm: "linf", epsilon: 8 }, "8 / 255"],
  [{ norm: "linf", epsilon: [0.1, 8, 0.1, 0.1, 0.1, 0.1] }, "8 / 255"],
  ["linf", '"linf"'],
  [null, "null"],
];

Deno.test("A ball that is none is refused wherever one is taken", async () => {
  for (const [given, part] of noBalls) {
    for (const kind of kinds) {
      const error = await errorOf(() => call(kind, { ball: given }));
      assert(error instanceof TypeError || error instanceof RangeError, `${kind.name}, ${part}: ${error}`);
      assert(error.message.includes(part), `${kind.name}: ${error.message}`);
      const spec = { attack: kind.name, ...short(kind), ball: given };
      const later = await errorOf(() => attackBy(spec as Any)(bent, batch, { seed: 1 }));
      assert(later?.message.includes(part), `${kind.name} by its spec: ${later?.message}`);
    }
    for (
      const use of [
        () => checkBall(given),
        () => project(given, images, images),
        () => randomStart(given, images, 1),
        () => contains(given, images, images),
      ]
    ) assert((await errorOf(use))?.message.includes(part), `${part}: ${(await errorOf(use))?.message}`);
  }
});

Deno.test("Attacks that need a ball say so", async () => {
  for (const kind of kinds) {
    const error = await errorOf(() => (kind as Any)(bent, batch, short(kind)));
    const isMinimal = ["deepFool", "fab", "fabTargeted", "hopSkipJump", "jsma", "carliniWagner"].includes(
      kind.name,
    );
    if (isMinimal) assertEquals(error, undefined, kind.name);
    else assert(error?.message.includes("without ball"), `${kind.name}: ${error?.message}`);
  }
});

Deno.test("What attacks are made of refuses what does not fit as well", async () => {
  const refusals: Record<string, [() => unknown, string]> = {
    "eot, option": [() => eot(bent, { n: 3 } as Any), '"n"'],
    "eot, draws": [() => eot(bent, { draws: NaN }), "draws NaN"],
    "bpda, word": [
      () => bpda((x: Images) => x, { backward: "identitty" as Any }),
      'did you mean "identity"?',
    ],
    "bpda, option": [() => bpda((x: Images) => x, { forward: "identity" } as Any), '"forward"'],
    "bpda, none": [() => bpda((x: Images) => x, {} as Any), "without backward"],
    "diverseInput": [() => diverseInput(bent, { prob: 0.5 } as Any), 'did you mean "probability"?'],
    "redrawn": [() => redrawn(pgdAttack({ ball }), (x) => x, { seed: NaN }), "seed NaN"],
    "featureAdversary, option": [
      () => featureAdversary((x) => [x], batch, { ball, guide: images } as Any),
      '"guides"',
    ],
    "featureAdversary, ball": [() => featureAdversary((x) => [x], batch, {} as Any), "without ball"],
    "featureAdversary, images": [() => featureAdversary((x) => [x], {} as Any, { ball }), "images undefined"],
    "featureDistance": [
      () => featureDistance((x) => [x], images, images, { measure: "l2" as Any }),
      'measure "l2"',
    ],
    "distance, norm": [() => distance("L2" as Any, images, images), 'did you mean "l2"?'],
    "distance, shapes": [() => distance("l2", images, images.slice(0, 1)), "[1,5,4,3]"],
    "steepest": [() => steepest({ norm: "max" as Any }, images), '"max"'],
    "contains, shapes": [() => contains(ball, images, images.slice(0, 1)), "[1,5,4,3]"],
    "radii": [() => project(l2([1, 2]), images, images), "2 radii for 6 images"],
    "l1": [() => l1("8" as Any), 'epsilon "8"'],
    "pgdAttack": [() => pgdAttack({ ball, nSteps: 3 } as Any), 'did you mean "steps"?'],
  };
  for (const [name, [use, part]] of Object.entries(refusals)) {
    const error = await errorOf(use);
    assert(error instanceof RangeError || error instanceof TypeError, `${name}: ${error}`);
    assert(error.message.includes(part), `${name}: ${error.message}`);
  }
  assertThrows(() => pgdAttack({ ball, labels: labels as Labels } as Any), RangeError, '"labels"');
});

Deno.test("Every attack refuses ids that are not one for each image", async () => {
  for (const kind of kinds) {
    await refused(
      () => call(kind, {}, { ...batch, ids: [1, 2] }),
      RangeError,
      "2 ids with 6 images",
      kind.name,
    );
    const odd = { ...batch, ids: [0, 1, 2, 3, 4, NaN] };
    await refused(() => call(kind, {}, odd), RangeError, "a whole number", kind.name);
  }
});

Deno.test("Every attack makes no images of no images", async () => {
  const empty = { images: tf.zeros([0, 5, 4, 3]) as Images, labels: tf.zeros([0], "int32") as Labels };
  for (const norm of ["linf", "l2", "l1"] as const) {
    for (const kind of attacksIn(norm)) {
      const made = await kind.run(bent, empty, { ball: { norm, epsilon: 0.1 }, ...short(kind), seed: 1 });
      assertEquals(made.shape, [0, 5, 4, 3], `${kind.name}, ${norm}`);
    }
  }
});

Deno.test("A spec is run with what a run may tell, and with nothing else", async () => {
  // deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
  const attack = attackBy({ attack: "fgs", ball }) as any;
  await refused(() => attack(bent, batch, null), TypeError, "an object of options", "null");
  await refused(() => attack(bent, batch, { sed: 1 }), RangeError, 'did you mean "seed"?', "sed");
  await refused(() => attack(bent, batch, { seed: NaN }), RangeError, "a whole number", "NaN");
  await refused(() => attack(bent, batch, { seed: 1, victim: 3 }), RangeError, "a function", "victim");
  const seeded = { attack: "pgd", ball, steps: 1, stepSize: 0.1, seed: 3 } as Any;
  await refused(() => attackBy(seeded), RangeError, '"seed"', "the seed belongs to the run");
});

Deno.test("A loss that gives no number for each image is refused by every attack that takes one", async () => {
  for (const kind of kinds.filter(({ settings }) => "loss" in settings)) {
    const mean = (logits: tf.Tensor) => logits.mean();
    await refused(() => call(kind, { loss: mean }), TypeError, "a number for each image", kind.name);
    await refused(() => call(kind, { loss: () => 0 }), TypeError, "a number for each image", kind.name);
  }
});
