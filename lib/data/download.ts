import { dirname } from "node:path";
import { DiskError, diskError } from "../files/mod.ts";
import { DataError } from "./data_error.ts";

/** Is told how far a download is: the file's name, the bytes that are here, and how many there will be, if known. */
export type DownloadProgress = (file: string, received: number, total: number | undefined) => void;

/** How {@link download} works. */
export interface DownloadOptions {
  /** Says what is wrong with the finished file, which is still under a temporary name; nothing if nothing is. */
  readonly check?: (path: string) => Promise<string | undefined>;
  /** Is told how far it is. */
  readonly progress?: DownloadProgress;
  /** How long a server may send nothing, in ms. Default one minute. */
  readonly patience?: number;
  /** The most bytes that the file may have. Default no limit. */
  readonly largest?: number;
  /** The name that `progress` is told. Default the address's last part. */
  readonly name?: string;
}

/** How long a server may send nothing, in ms. */
const PATIENCE = 60_000;

/** How often a broken connection is taken up again within one call. */
const ATTEMPTS = 3;

/**
 * Fetches a file: into `path + ".part"` first, which a later call continues after a break (HTTP Range), and under its
 * own name only when it is whole and checked.
 *
 * Where the server can't continue, the file is fetched from its start. What turns out wrong after it was continued is
 * fetched once more from its start; what is still wrong is removed. Two processes at once wait for each other.
 *
 * @throws {DiskError} Where there is no room, or the folder can't be written.
 * @throws {DataError} Where the server is out of reach or refuses, or the file is not what it should be.
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${path}.part`;
  using file = await opened(part);
  await file.lock(true);
  if (await exists(path)) return await removeEmpty(part); // another process was faster
  const isContinued = (await file.stat()).size > 0;
  try {
    await receive(url, file, part, options);
    let wrong = await options.check?.(part);
    if (wrong !== undefined && isContinued) {
      await file.truncate(0);
      await receive(url, file, part, options);
      wrong = await options.check?.(part);
    }
    if (wrong !== undefined) {
      await file.truncate(0);
      throw new DataError(`Cannot use what ${url} sent: ${wrong}`);
    }
    await Deno.rename(part, path);
  } catch (error) {
    await removeEmpty(part);
    throw error;
  }
}

/** The file that a download goes into. */
async function opened(part: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dirname(part), { recursive: true });
    return await Deno.open(part, { read: true, write: true, create: true });
  } catch (error) {
    throw diskError(part, error);
  }
}

/** The server will not send the file. */
class Refused extends DataError {}

/** An error's message, and the message of what caused it. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function removeEmpty(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.size === 0) await Deno.remove(path);
}

/** Appends to the file what it still lacks. */
async function receive(
  url: string,
  file: Deno.FsFile,
  part: string,
  options: DownloadOptions,
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const before = (await file.stat()).size;
    try {
      return await receiveOnce(url, file, before, options);
    } catch (error) {
      if (error instanceof Refused) throw error;
      const ofDisk = diskError(part, error);
      if (ofDisk instanceof DiskError) throw ofDisk;
      const came = (await file.stat()).size;
      // Trying again is worth it only where something came.
      if (attempt < ATTEMPTS && came > before) continue;
      throw new DataError(
        `Cannot download ${url}: ${reason(error as Error)}` +
          (came > 0 ? `. ${came} bytes are kept: run it again to go on from there` : ""),
        { cause: error },
      );
    }
  }
}

async function receiveOnce(
  url: string,
  file: Deno.FsFile,
  have: number,
  options: DownloadOptions,
): Promise<void> {
  const { patience = PATIENCE } = options, stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => stop.abort(new Error(`the server has sent nothing for ${patience / 1000} s`)),
      patience,
    );
  };
  try {
    wait();
    await receiveWhile(url, file, have, options, stop.signal, wait);
  } finally {
    clearTimeout(timer);
  }
}

/** Receives until the signal says stop; `heard` is called whenever something came. */
async function receiveWhile(
  url: string,
  file: Deno.FsFile,
  have: number,
  { progress, largest = Infinity, name = new URL(url).pathname.split("/").at(-1)! }: DownloadOptions,
  signal: AbortSignal,
  heard: () => void,
): Promise<void> {
  const headers = { "accept-encoding": "identity", ...(have > 0 ? { range: `bytes=${have}-` } : {}) };
  const response = await fetch(url, { headers, signal });
  const range = response.headers.get("content-range")?.match(/^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/);
  if (response.status === 416 && have > 0) {
    await response.body?.cancel();
    if (Number(range?.[2]) === have) return; // all of it is here
    await file.truncate(0);
    return await receiveWhile(
      url,
      file,
      0,
      { ...(progress ? { progress } : {}), largest, name },
      signal,
      heard,
    );
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Refused(
      `Cannot download ${url}: the server says ${response.status} ${response.statusText}`.trim(),
    );
  }
  if (response.status !== 206 || Number(range?.[1]) !== have) {
    if (response.status === 206) {
      await response.body.cancel();
      throw new Refused(`Cannot download ${url}: the server sent another part than the one asked for`);
    }
    await file.truncate(0);
    have = 0;
  }
  const length = Number(response.headers.get("content-length") ?? NaN);
  const total = Number.isFinite(length) ? have + length : undefined;
  await file.seek(have, Deno.SeekMode.Start);
  progress?.(name, have, total);
  const tooLarge = () =>
    new Refused(`Cannot use ${url}: it has more than ${largest} bytes, more than such a file can`);
  if (total !== undefined && total > largest) {
    await response.body.cancel();
    throw tooLarge();
  }
  for await (const chunk of response.body) {
    heard();
    if (have + chunk.length > largest) {
      await file.truncate(0);
      throw tooLarge();
    }
    for (let written = 0; written < chunk.length;) written += await file.write(chunk.subarray(written));
    have += chunk.length;
    progress?.(name, have, total);
  }
  if (total !== undefined && have < total) {
    throw new Error(`the connection ended after ${have} of ${total} bytes`);
  }
}
