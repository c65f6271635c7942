import { tf, useBackend } from "@gcln/kit/tensor";
import * as A from "@gcln/kit/attacks";
import * as G from "./_golden.ts";
await useBackend();
const batch = { images: G.images(), labels: G.labels() }, targets = G.labels("targets");
for (const s of G.settings) {
  const net = G.network(s.network);
  const { targeted, ball, ...rest } = s.options;
  const options = { ...rest, ...(targeted ? { targets } : {}) };
  if (s.key) {
    const a = (A as any)[s.attack](net, batch, { ...options, ball });
    const d = await a.sub(G.attacked(s.key)).abs().data();
    const bad = d.filter((x: number) => x > 1e-4).length;
    console.log(
      s.library,
      s.network,
      s.attack,
      ball.norm,
      targeted ?? "",
      "max",
      Math.max(...d).toExponential(2),
      "bad",
      bad,
      "of",
      d.length,
    );
  } else {
    const t = performance.now();
    const r = await A.carliniWagnerL2(net, batch, options);
    const ok = [...await r.success.data()], dist = [...await r.distance.data()];
    const med = (x: number[]) => x.sort((a, b) => a - b)[x.length >> 1];
    console.log(
      "cw",
      s.network,
      JSON.stringify(rest),
      targeted,
      "success",
      ok.filter(Boolean).length,
      s.success!.filter(Boolean).length,
      "equal",
      ok.every((v, i) => !!v === s.success![i]),
      "median",
      med(dist.filter((_, i) => ok[i])),
      med(s.distances!.filter((x): x is number => x !== null) as number[]),
      (performance.now() - t | 0) + "ms",
    );
  }
}
