import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { adversarialTraining, breaksOf, defineDefense, knownDefenses, none } from "@gcln/kit/defenses";
import { word } from "@gcln/kit/kinds";
import type { Images, Logits } from "@gcln/kit/tensor";

const broken = {
  by: "Somebody 2020",
  attack: "BPDA",
  on: "cifar10",
  ball: linf(0.031),
  left: 0.3,
  source: "Table 1",
};
const defined = (name: string, breaks: readonly unknown[]) =>
  defineDefense({
    name,
    source: "an example",
    traits: [],
    breaks: breaks as never,
    settings: { training: word(["plain", "adversarial"], { default: "plain" }) },
    needs: () => ({}),
    stand: () => ({ victim: (images: Images) => images.mean([1, 2]) as Logits }),
  });

Deno.test("breaksOf() has those on the row's own data first, then those that left least", () => {
  const row = defined("broken thrice", [
    { ...broken, on: "mnist", left: 0 },
    broken,
    { ...broken, left: 0.2, attack: "PGD" },
  ])();
  assertEquals(breaksOf(row, "cifar10").map(({ on, left }) => [on, left]), [["cifar10", 0.2], [
    "cifar10",
    0.3,
  ], [
    "mnist",
    0,
  ]]);
  assertEquals(breaksOf(row, "mnist").map(({ left }) => left), [0, 0.2, 0.3]);
});

Deno.test("breaksOf() leaves out what was found with other settings, defaults considered", () => {
  const variants = defined("with variants", [
    { ...broken, left: 0, where: { training: "plain" } },
    { ...broken, where: { training: "adversarial" } },
  ]);
  const left = (row: ReturnType<typeof variants>) => breaksOf(row, "cifar10").map(({ left }) => left);
  assertEquals([left(variants()), left(variants({ training: "plain" }))], [[0], [0]]);
  assertEquals(left(variants({ training: "adversarial" })), [0.3]);
});

Deno.test("defineDefense() refuses breaks that are not whole", () => {
  const { left: _, ...withoutLeft } = broken;
  assertThrows(() => defined("a", [withoutLeft]), RangeError, "left");
  assertThrows(() => defined("b", [{ ...broken, left: 9 }]), RangeError, "9");
  assertThrows(() => defined("c", [{ ...broken, ball: { norm: "inf", epsilon: 1 } }]), RangeError, "norm");
  assertThrows(() => defined("d", [{ ...broken, on_: "cifar10" }]), RangeError, "on_");
  assertThrows(() => defined("e", [0]), RangeError, "Cannot use break 0");
});

Deno.test("Adversarial training is known to keep 44 to 49 % of CIFAR-10, no defense nothing", () => {
  assertEquals(breaksOf(adversarialTraining(), "cifar10").map(({ left }) => left), [0.4404, 0.47, 0.4925]);
  assertEquals(breaksOf(none(), "cifar10").map(({ left }) => left), [0, 0.035]);
});

Deno.test("Every break says by whom, with a year, and where", () => {
  for (const { name, breaks } of knownDefenses()) {
    for (const { by, source, attack } of breaks) {
      assertMatch(by, /(19|20)\d\d$/, name);
      assert(source.length > 3 && attack.length > 1, name);
    }
  }
});
