import { assertEquals, assertThrows } from "@std/assert";
import { defineThreat, isThreatName, threatNamed, threats } from "@gcln/kit/attacks";

Deno.test("Outsiders are the threat models that do not know everything", () => {
  const outsiders = threats().filter(({ knows }) => knows !== "everything").map(({ name }) => name);
  assertEquals(outsiders, ["oblivious", "black-box"]);
});

Deno.test('Older results call "straight-through" "bpda": it is one threat model', () => {
  assertEquals(threatNamed("bpda"), threatNamed("straight-through"));
  assertEquals([isThreatName("bpda"), isThreatName("white box")], [true, false]);
});

Deno.test("A threat model that is not known is refused with the nearest name", () => {
  assertThrows(() => threatNamed("whitebox"), RangeError, 'did you mean "white-box"?');
});

Deno.test("A user's own threat model is known by its name; the kit's names are taken", () => {
  const mine = defineThreat({
    name: "insider's copy",
    title: "insider's copy",
    knows: "everything",
    gradient: "replaced",
    differentiates: "a copy",
  });
  assertEquals(threatNamed("insider's copy"), mine);
  assertThrows(() => defineThreat({ ...mine, name: "white-box" }), RangeError, "the kit has one");
});
