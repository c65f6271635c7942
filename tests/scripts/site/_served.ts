import { extname, join } from "node:path";
import type { Page } from "playwright-core";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".png": "image/png",
};

/** A folder on a server that does no more than the plainest: no special headers, no page for folders but `index.html`. */
export interface Served extends AsyncDisposable {
  /** The folder's address, which ends in a slash. It is not the root of its server. */
  readonly address: string;
  /** The paths that were asked for, and how the server answered. */
  readonly log: readonly { readonly path: string; readonly status: number }[];
}

/** Serves a folder below a path. */
export function served(folder: string, below = "/some/where/"): Served {
  const log: { path: string; status: number }[] = [];
  const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const answer = await answerTo(folder, below, path);
    log.push({ path, status: answer.status });
    return answer;
  });
  return {
    address: `http://localhost:${server.addr.port}${below}`,
    log,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answerTo(folder: string, below: string, path: string): Promise<Response> {
  const name = path.endsWith("/") ? `${path}index.html` : path;
  if (!name.startsWith(below)) return new Response("not here", { status: 404 });
  try {
    const bytes = await Deno.readFile(join(folder, name.slice(below.length)));
    return new Response(bytes, {
      headers: { "content-type": TYPES[extname(name)] ?? "application/octet-stream" },
    });
  } catch {
    return new Response("not here", { status: 404 });
  }
}

/** What a page does that it should not: errors, messages on the console, requests to other places or for what is not there. */
export function troubleOf(page: Page, address: string): readonly string[] {
  const trouble: string[] = [];
  page.on("console", (message) => trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) trouble.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url())) {
      trouble.push(`request: ${request.url()}`);
    }
  });
  return trouble;
}

/** How many bytes the files of a folder have. */
export function bytesIn(folder: string): number {
  return [...Deno.readDirSync(folder)].reduce((sum, { name, isDirectory }) => {
    const path = join(folder, name);
    return sum + (isDirectory ? bytesIn(path) : Deno.statSync(path).size);
  }, 0);
}
