import { tf, useBackend } from "@gcln/kit/tensor";
import * as A from "@gcln/kit/attacks";
import * as G from "./_golden.ts";
await useBackend();
const batch = { images: G.images(), labels: G.labels() };
const acc = async (net: any, x: any) =>
  (await net(x).argMax(1).equal(batch.labels).cast("float32").mean().data())[0];
for (const name of ["plain", "robust", "smooth"] as const) {
  for (
    const e of name === "smooth" ? [16] : name === "plain" ? [8, 16] : [16, 24]
  ) {
    const net = G.network(name), ball = A.linf(e / 255);
    console.log(
      name,
      e,
      "pgd",
      await acc(net, A.pgd(net, batch, { ball, steps: 40, start: "original", loss: "margin" })),
      "noise",
      await acc(net, A.noise(net, batch, { ball, draws: 20 })),
    );
    for (
      const o of [1, 10, 100].flatMap((c) =>
        [0.005, 0.01, 0.02, 0.05].flatMap((stepSize) =>
          [40, 100].map((steps) => ({ steps, stepSize, initialConstant: c, largestConstant: c }))
        )
      )
    ) {
      const t = performance.now();
      const r = await A.carliniWagnerLinf(net, batch, { ball, ...o });
      console.log("  ", JSON.stringify(o), await acc(net, r.images), (performance.now() - t | 0) + "ms");
    }
  }
}
