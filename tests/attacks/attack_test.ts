import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Attack,
  attackBy,
  attackNamed,
  attackOf,
  type AttackOptions,
  attacks,
  attackSettings,
  type AttackSpec,
  defineAttack,
  isIterated,
  iteratedBy,
  linf,
  pgd,
  pgdAttack,
  project,
  run,
  runActiveBy,
} from "@gcln/kit/attacks";
import { count, size } from "@gcln/kit/kinds";
import { type Batch, type Classifier, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { bent, scattered } from "./_models.ts";

await useBackend();

const ball = linf(0.05);
type Brighten = (surrogate: Classifier, batch: Batch, options: AttackOptions & { by?: number }) => Images;

/** A user's own attack: every image a bit brighter. */
function brighten(by: number, version?: number): Attack<Brighten> {
  return defineAttack(
    (_: Classifier, { images }: Batch, options: AttackOptions & { by?: number }) =>
      project(options.ball, images, images.add(options.by ?? 0.01)),
    {
      name: "brighten",
      title: "Brighten",
      source: `by ${by}`,
      asks: "nothing",
      needsVictim: false,
      norms: ["linf"],
      settings: { ...attackSettings, by: count({ most: 1 }) },
      ...(version === undefined ? {} : { version }),
    },
  );
}

Deno.test("An attack is a function that carries its facts", async () => {
  assertEquals([pgd.name, pgd.title, pgd.source, pgd.asks], ["pgd", "PGD", "Madry et al. 2018", "gradients"]);
  assertEquals(attackNamed("pgd"), pgd);
  const batch = scattered(), options = { ball, steps: 2, seed: 3 };
  assertEquals(await pgd(bent, batch, options).data(), await run(pgdAttack(options), bent, batch).data());
});

Deno.test("Every attack knows what it asks, where it works and what a report has to tell", () => {
  const names = attacks().map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  // Of attacks that have changed since they were first measured.
  const versions: Readonly<Record<string, string>> = { strongest: "2" };
  for (const { name, title, source, norms, settings, required, code, iterated, needsVictim } of attacks()) {
    if (name === "brighten") continue;
    assert(title !== "", `${name}: a title is wanted`);
    assert(/\d{4}$/.test(source), `${name}: its source ends with a year, as "Madry et al. 2018"`);
    assert(norms.length > 0 && "ball" in settings, `${name}: a norm, and the setting ball`);
    assert(required.every((setting) => setting in settings), `${name}: what is required is a setting`);
    assertEquals(code, versions[name], `${name}: keys of caches stay`);
    assert(!(iterated && needsVictim), `${name}: what steps by itself depends on the surrogate alone`);
  }
});

Deno.test("spec() makes plain data, the same as a literal, and checks it", () => {
  const made = pgd.spec({ ball, stepSize: 0.01, steps: 3 }),
    literal: AttackSpec = { attack: "pgd", ball, stepSize: 0.01, steps: 3 };
  assertEquals(JSON.stringify(made), JSON.stringify(literal));
  // deno-lint-ignore no-explicit-any -- what a caller without types might write
  const loose = pgd.spec as any;
  assertThrows(() => loose({ ball, nSteps: 3 }), RangeError, 'did you mean "steps"?');
  assertThrows(() => loose({ ball, steps: -1 }), RangeError, "steps -1");
  assertThrows(() => loose({ steps: 1 }), RangeError, "without ball");
  assertThrows(() => loose({ ball, steps: 1, seed: 3 }), RangeError, '"seed"');
});

Deno.test("A spec that says wrongly when to stop is refused", async () => {
  for (const name of ["apgd", "pgd"]) {
    const spec = { attack: name, ball, steps: 1, stop: "onSuccess" } as unknown as AttackSpec,
      batch = scattered();
    const run = async () => await attackBy(spec)(bent, batch, { seed: 1 });
    await assertRejects(run, RangeError, 'did you mean "on success"?');
  }
});

Deno.test("A literal spec of the kit's attacks is type-checked", () => {
  // @ts-expect-error -- no such attack
  const unknown: AttackSpec = { attack: "pdg", ball, stepSize: 0.01, steps: 3 };
  // @ts-expect-error -- no such option
  const misspelt: AttackSpec = { attack: "pgd", ball, stepSize: 0.01, step: 3 };
  // @ts-expect-error -- steps are missing
  const missing: AttackSpec = { attack: "pgd", ball, stepSize: 0.01 };
  assertEquals([unknown, misspelt, missing].length, 3);
  assertThrows(() => attackOf(unknown), RangeError, 'did you mean "pgd"?');
  assertThrows(
    () => iteratedBy(misspelt as Parameters<typeof iteratedBy>[0], { seed: 0 }),
    RangeError,
    '"step"',
  );
});

Deno.test("A user's own attack is run by its specs", async () => {
  const mine = brighten(0.01), batch = scattered(), spec: AttackSpec = mine.spec({ ball });
  const direct = mine(bent, batch, { ball }), run = await attackBy(spec)(bent, batch, { seed: 1 });
  assertEquals(await run.data(), await direct.data());
  assert(!isIterated(spec));
  assertThrows(
    () => iteratedBy(spec as Parameters<typeof iteratedBy>[0], { seed: 1 }),
    RangeError,
    "Brighten",
  );
  // deno-lint-ignore no-explicit-any -- what a caller without types might write
  const loose = mine as any;
  assertThrows(() => loose(bent, batch, { ball, by: 2 }), RangeError, "by 2");
  assertThrows(() => loose(bent, batch, { ball, bye: 1 }), RangeError, 'did you mean "by"?');
  assertThrows(
    () => loose(bent, { ...batch, labels: batch.labels.cast("float32") }, { ball }),
    TypeError,
    "float32",
  );
});

Deno.test("A user's own attack may be a start and a step: then it leaves with what has fallen", async () => {
  const mine = defineAttack(
    (surrogate: Classifier, batch: Batch, options: AttackOptions) =>
      run(pgdAttack(options), surrogate, batch),
    {
      name: "my steps",
      title: "My steps",
      source: "nobody 2026",
      asks: "gradients",
      needsVictim: false,
      norms: ["linf"],
      settings: attackSettings,
      iterated: (options) => pgdAttack({ ...options, steps: 4 }),
    },
  );
  const batch = scattered(), spec = mine.spec({ ball });
  assert(isIterated(spec));
  const ours = await runActiveBy(pgd.spec({ ball, steps: 4, stepSize: 0.05 / 8 }), bent, batch, {
    seed: 2,
    victim: (x) => bent(x),
  });
  const theirs = await runActiveBy(spec, bent, batch, { seed: 2, victim: (x) => bent(x) });
  assertEquals(theirs.success, ours.success);
});

Deno.test("The code of a user's own attack changes with its text and its version", () => {
  const first = brighten(0.01).code, again = brighten(0.01).code, other = brighten(0.01, 2).code;
  assert(first !== undefined && first !== "");
  assertEquals(again, first);
  assertNotEquals(other, first);
});

Deno.test("Nobody takes the name of an attack of the kit", () => {
  const { title, source, asks, needsVictim, norms, settings } = attackNamed("fgs");
  const facts = { name: "fgs", title, source, asks, needsVictim, norms, settings };
  assertThrows(
    () => defineAttack(() => tf.zeros([1, 1, 1, 1]), facts),
    RangeError,
    "the kit has one of that name",
  );
});

Deno.test("defineAttack() says which fact is missing or wrong, with the nearest right word", () => {
  const { title, source, asks, needsVictim, norms, settings } = attackNamed("fgs");
  const facts = { name: "mine", title, source, asks, needsVictim, norms, settings };
  const fails = (changes: object, message: string) =>
    assertThrows(
      () => defineAttack(() => tf.zeros([1, 1, 1, 1]), { ...facts, ...changes } as never),
      RangeError,
      message,
    );
  fails({ title: undefined }, "Cannot run defineAttack without title: a text is wanted");
  fails({ asks: "gradient" }, 'did you mean "gradients"?');
  fails({ norms: ["Linf"] }, 'Cannot use norms ["Linf"]: a list of at least 1, each item "linf"');
  fails({ needVictim: true }, 'did you mean "needsVictim"?');
  fails({ required: ["stepsize"], settings: { ...settings, stepSize: size() } }, 'did you mean "stepSize"?');
  assertThrows(
    () => defineAttack({} as never, facts),
    TypeError,
    "a function of what is attacked, a batch and options is wanted",
  );
});

Deno.test("A user's attack that returns no images is told so", async () => {
  const { title, source, asks, needsVictim, norms, settings } = attackNamed("fgs");
  const facts = { name: "mine", title, source, asks, needsVictim, norms, settings };
  const batch = { images: tf.zeros([1, 2, 2, 1]) as Images, labels: tf.tensor1d([0], "int32") };
  const classifier: Classifier = (images) =>
    images.mean([1, 2]).concat(images.mean([1, 2]), 1) as tf.Tensor2D;
  const wrongs = {
    "undefined": () => undefined,
    "[1]": () => [1],
    "images of type int32": () => batch.images.toInt(),
  };
  for (const [got, attack] of Object.entries(wrongs)) {
    const spec = defineAttack(attack, facts).spec({ ball: linf(0.1) });
    const work = async () => void await attackBy(spec)(classifier, batch, { seed: 1 });
    await assertRejects(work, TypeError, `"mine" returned, ${got}: images in float32`);
  }
});
