import { assertStringIncludes } from "@std/assert";
import { margin } from "@gcln/kit/losses";
import { tf, useBackend } from "@gcln/kit/tensor";
import { assertRight, hint } from "./_marks.ts";

Deno.test("exercise 4.1 takes the hinge on the kit's own margin, and names the usual mistakes", async () => {
  await useBackend();
  await assertRight("4.1", async (logits: number[], label: number, confidence: number) => {
    const [lead] = await margin(tf.tensor2d([logits]), tf.tensor1d([label], "int32")).data();
    return Math.max(0, confidence - lead!);
  });
  const lead = (z: number[], y: number) => z[y]! - Math.max(...z.filter((_, k) => k !== y));
  assertStringIncludes(
    await hint("4.1", (z: number[], y: number, k: number) => lead(z, y) + k),
    "outer maximum",
  );
  assertStringIncludes(
    await hint("4.1", (z: number[], y: number, k: number) => Math.max(0, z[y]! - Math.max(...z) + k)),
    "leave the right class out",
  );
  assertStringIncludes(
    await hint("4.1", (z: number[], y: number) => Math.max(0, lead(z, y))),
    "confidence come in",
  );
  assertStringIncludes(
    await hint("4.1", (z: number[], y: number, k: number) => Math.max(0, k - lead(z, y))),
    "sign",
  );
});

type Search = (succeeds: (c: number) => boolean, first: number, searches: number) => number;

Deno.test("exercise 4.2 takes the search of C&W, and names what it forgets", async () => {
  const search = (go: { bisect?: boolean; last?: boolean; never?: number } = {}): Search =>
  (
    succeeds,
    first,
    searches,
  ) => {
    const failed = [0], won: number[] = [];
    let c = first, last = c;
    for (let left = searches; left > 0; left--) {
      (succeeds(c) ? won : failed).push(last = c);
      if (won.length === 0) c *= 10;
      else if (go.bisect ?? true) c = (Math.max(...failed) + Math.min(...won)) / 2;
    }
    return go.last ? last : won.length > 0 ? Math.min(...won) : go.never ?? Infinity;
  };
  await assertRight("4.2", search());
  assertStringIncludes(await hint("4.2", search({ bisect: false })), "stops at the first success");
  assertStringIncludes(await hint("4.2", search({ last: true })), "last c that was tried");
  assertStringIncludes(await hint("4.2", search({ never: 0 })), "Keep two numbers");
});

Deno.test("exercise 4.3 takes the share of images beyond ε, and tells counts, percent and the fallen apart", async () => {
  const beyond = (distances: number[], epsilon: number) => distances.filter((d) => d > epsilon).length;
  type Distances = [distances: number[], epsilon: number];
  await assertRight("4.3", (...[d, e]: Distances) => 1 - d.filter((far) => far <= e).length / d.length);
  assertStringIncludes(
    await hint("4.3", (...[d, e]: Distances) => d.filter((far) => far >= e).length / d.length),
    "includes its edge",
  );
  assertStringIncludes(await hint("4.3", (...[d, e]: Distances) => beyond(d, e)), "Divide");
  assertStringIncludes(
    await hint("4.3", (...[d, e]: Distances) => 1 - beyond(d, e) / d.length),
    "have fallen",
  );
  assertStringIncludes(await hint("4.3", (...[d, e]: Distances) => 100 * beyond(d, e) / d.length), "percent");
  assertStringIncludes(
    await hint(
      "4.3",
      (...[d, e]: Distances) => d.filter((far) => far > e && far < Infinity).length / d.length,
    ),
    "so its image stands",
  );
});
