import { assertEquals, assertThrows } from "@std/assert";
import { registry } from "@gcln/kit/kinds";

Deno.test("a registry gives what it was given, in order", () => {
  const colours = registry<{ readonly name: string; readonly hue: number }>("colour");
  colours.add({ name: "red", hue: 0 });
  colours.add({ name: "blue", hue: 240 });
  assertEquals(colours.all().map(({ name }) => name), ["red", "blue"]);
  assertEquals([colours.named("blue").hue, colours.has("green")], [240, false]);
});

Deno.test("a registry guesses which name was meant", () => {
  const colours = registry("colour");
  colours.add({ name: "red" });
  assertThrows(() => colours.named("redd"), RangeError, 'No colour is called "redd", did you mean "red"?');
  assertThrows(() => colours.named("zebra"), RangeError, 'No colour is called "zebra". There are red');
});

Deno.test("a closed registry lets users define and redefine their own, but nothing of the kit's", () => {
  const colours = registry<{ readonly name: string; readonly hue: number }>("colour");
  colours.add({ name: "red", hue: 0 });
  colours.close();
  colours.add({ name: "mine", hue: 1 });
  colours.add({ name: "mine", hue: 2 });
  assertEquals(colours.named("mine").hue, 2);
  assertThrows(() => colours.add({ name: "red", hue: 3 }), RangeError, "the kit has one of that name");
  assertThrows(() => colours.add({ name: "", hue: 3 }), RangeError, "a name is wanted");
});
