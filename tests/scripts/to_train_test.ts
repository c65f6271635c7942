import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { table1 } from "@gcln/kit/experiments";
import { toTrain } from "../../scripts/reproduce/to_train.ts";

const heads = Object.keys(table1.rows), empty = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(empty, { recursive: true }));
const vgg = ["Our method (Qs = 10; VGG features)"];

Deno.test("toTrain() names no network that was only needed to make a shipped one", async () => {
  assertEquals(await toTrain(table1, heads, { profile: "quick", folder: empty }), undefined);
});

Deno.test("toTrain() names what a network that is not there is made from, once each", async () => {
  const said = await toTrain(table1, [...vgg, "No Defense"], {
    profile: "quick",
    folder: empty,
    shipped: "ignore",
  });
  assertStringIncludes(said!, "3 networks from this seed");
  for (const name of ["resnet18", "gcln-q10", "vgg-small"]) {
    assertEquals(said!.split(`street-digits-${name}`).length, 2, name);
  }
  assert(/Roughly \d+:\d\d on two cores/.test(said!), said);
});
