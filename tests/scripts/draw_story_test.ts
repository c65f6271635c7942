import { assertEquals } from "@std/assert";
import { story } from "../../scripts/draw_story.ts";

Deno.test("The README's picture shows what its caption says: wrong, right again, and wrong again", async () => {
  const { captions, png } = await story();
  const right = Object.fromEntries(
    Object.entries(captions).map((
      [column, verdicts],
    ) => [column, verdicts.filter(({ correct }) => correct).length]),
  );
  assertEquals(right, {
    "original": 4,
    "attacked": 0,
    "cleaned": 4,
    "attacked, the cleaner known": 4,
    "cleaned, wrong now": 0,
  });
  assertEquals(png.slice(1, 4), new TextEncoder().encode("PNG"));
});
