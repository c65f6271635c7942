import { assertEquals } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PATIENCE = 120_000; // ms, for machines that are busy

/** The Chromium of this machine: `CHROMIUM`, or the first on `PATH`. */
export function chromiumPath(): string | undefined {
  const given = Deno.env.get("CHROMIUM");
  if (given) return given;
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`)).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The window and settings of a reader. */
export interface Reader {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly javaScriptEnabled?: boolean;
}

/** An open page, and the things it did that a page without outside files must not do. */
export interface Opened {
  readonly page: Page;
  /** Errors, messages on the console, requests for anything but the file. */
  readonly trouble: readonly string[];
}

/** Runs `use` with a Chromium. Its argument `open` opens a page, and closes the one before. */
export async function inChromium(
  use: (open: (file: string, reader?: Reader) => Promise<Opened>) => Promise<void>,
): Promise<void> {
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath()!, timeout: PATIENCE });
  let last: Page | undefined;
  try {
    await use(async (file, { width = 1280, height = 900, ...reader } = {}) => {
      await last?.close();
      const page = last = await browser.newPage({ viewport: { width, height }, ...reader });
      page.setDefaultTimeout(PATIENCE);
      const trouble: string[] = [], address = `file://${file}`;
      page.on("console", (message) => trouble.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
      page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
      page.on("request", (request) => {
        const url = request.url().split("#")[0]!;
        if (url !== address && !/^(data|blob):/.test(url)) trouble.push(`request: ${url}`);
      });
      await page.goto(address);
      return { page, trouble };
    });
  } finally {
    await browser.close();
  }
}

/** Fails where a page stays wider than its window. For some milliseconds after the window has changed it may be. */
export async function assertFits(page: Page, width: number): Promise<void> {
  const wide = "document.documentElement.scrollWidth";
  await page.waitForFunction(`${wide} === ${width}`, undefined, { timeout: 10_000 }).catch(() => {});
  assertEquals(await page.evaluate(wide), width, `in a window of ${width} pixels`);
}
