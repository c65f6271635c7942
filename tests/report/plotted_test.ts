import { assert, assertEquals, assertRejects } from "@std/assert";
import { jupyterDisplay, plotted } from "@gcln/kit/report";
import sharp from "sharp";

Deno.test("plotted() draws a heatmap in the colours of its values", async () => {
  const layout = { width: 200, height: 200, margin: { l: 0, r: 0, t: 0, b: 0 } };
  const colorscale = [[0, "rgb(255,0,0)"], [1, "rgb(0,0,255)"]];
  const data = [{ type: "heatmap", z: [[0, 1], [1, 0]], colorscale, showscale: false }];
  const { data: pixels, info } = await sharp(await plotted({ data, layout }, "").png()).removeAlpha().raw()
    .toBuffer({ resolveWithObject: true });
  const at = (
    x: number,
    y: number,
  ) => [...pixels.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  assertEquals([at(50, 50), at(150, 50), at(50, 150)], [[0, 0, 255], [255, 0, 0], [255, 0, 0]]);
});

Deno.test("plotted() takes typed arrays", async () => {
  const y = Float32Array.of(1, 3, 2), data = [{ type: "bar", y }];
  const lists = plotted({ data: [{ type: "bar", y: [...y] }], layout: {} }, "");
  assertEquals(await plotted({ data, layout: {} }, "").svg(), await lists.svg());
});

Deno.test("plotted() has no picture of what takes WebGL, and says so", async () => {
  const surface = plotted({ data: [{ type: "surface", z: [[1, 2], [3, 4]] }], layout: {} }, "A surface");
  assertEquals(Object.keys(await surface[jupyterDisplay]()), [
    "application/vnd.plotly.v1+json",
    "text/plain",
  ]);
  await assertRejects(() => surface.svg(), RangeError, '"surface" without a browser');
  await assertRejects(() => surface.png(), RangeError, "WebGL");
});

Deno.test("plotted() draws on after a figure that Plotly refuses", async () => {
  const broken = plotted({ data: [], layout: { width: 0.5 } }, "");
  await assertRejects(() => broken.svg(), Error);
  const svg = await plotted({ data: [{ y: [1, 2] }], layout: { width: 300, height: 200 } }, "").svg();
  assert(svg.startsWith("<svg"));
});

Deno.test("plotted() has no button that sends the data away, unless it is asked for", () => {
  const figure = { data: [{ y: [1, 2] }], layout: {} };
  assertEquals(plotted(figure, "").figure.config, { displaylogo: false, showSendToCloud: false });
  const config = { showSendToCloud: true };
  assertEquals(plotted({ ...figure, config }, "").figure.config, {
    displaylogo: false,
    showSendToCloud: true,
  });
});
