import { assertEquals } from "@std/assert";
import sharp from "sharp";
import { encodePng, PixelCanvas } from "../../lib/report/plotted/pixel_canvas.ts";

Deno.test("encodePng() writes a file that another library reads pixel for pixel", async () => {
  const pixels = Uint8Array.from({ length: 5 * 3 * 4 }, (_, i) => i * 4);
  const { data, info } = await sharp(encodePng(5, 3, pixels)).raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [5, 3, 4]);
  assertEquals([...data], [...pixels]);
});

Deno.test("PixelCanvas fills rectangles, and nothing beyond its edges", () => {
  const canvas = new PixelCanvas({ width: 3, height: 2 });
  canvas.fillStyle = "rgba(10,20,30,0.2)";
  canvas.fillRect(1, -5, 100, 6);
  canvas.fillStyle = "#ff8000";
  canvas.fillRect(0, 1, 1, 1);
  const rows = Array.from({ length: 6 }, (_, i) => [...canvas.pixels.slice(4 * i, 4 * i + 4)].join());
  assertEquals(rows, ["0,0,0,0", "10,20,30,51", "10,20,30,51", "255,128,0,255", "0,0,0,0", "0,0,0,0"]);
});

Deno.test("PixelCanvas shows itself as an image that a page can hold", async () => {
  const canvas = new PixelCanvas({ width: 1, height: 1 });
  canvas.putImageData({ data: [1, 2, 3, 255] });
  const [head, base64] = canvas.toDataURL().split(",");
  assertEquals(head, "data:image/png;base64");
  assertEquals([...await sharp(Uint8Array.fromBase64(base64!)).raw().toBuffer()], [1, 2, 3, 255]);
});
