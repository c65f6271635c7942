/**
 * Kills processes of the kit at random moments, several at once among them, and looks whether anything is lost or wrong.
 *
 *     deno run -A tests/survival/survive.ts --kills=50 --seed=2026
 *     deno run -A tests/survival/survive.ts --kills=5 training download
 */
import { parseArgs } from "@std/cli/parse-args";
import { gzipSync } from "node:zlib";
import { fold, random } from "@gcln/kit/tensor";
import { cifarBatch, tar } from "../data/_small_files.ts";
import { copiedCheckout, ROOT, STAMP } from "../scripts/_copied_checkout.ts";

/** What processes do until they are killed. */
export const works = ["training", "measuring", "download", "report", "set-up"] as const;

/** One of them. */
export type Work = (typeof works)[number];

/** What came out of killing the processes of one kind of work. */
export interface Survival {
  readonly work: Work;
  /** How many processes were started. */
  readonly started: number;
  /** How many were killed while they worked. */
  readonly kills: number;
  /** How many of those while two others did the same work in the same folder. */
  readonly together: number;
  /** How many ended by themselves with an error, and what they said. */
  readonly failed: readonly string[];
  /** Whether what comes out in the end is what comes out without a kill. */
  readonly isSame: boolean;
  /** Files that are left beside those that a run without a kill leaves. */
  readonly left: readonly string[];
}

/** How a kind of work is done in a folder. */
interface Order {
  readonly command: readonly string[];
  readonly cwd?: string;
  /** What is compared. Default: what it prints. */
  readonly result?: () => Promise<string>;
}

/** A slow server of a small CIFAR-10 archive. */
function archiveServer(): Deno.HttpServer<Deno.NetAddr> {
  const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat("test_batch.bin");
  const archive = gzipSync(
    tar(Object.fromEntries(names.map((name, i) => [name, cifarBatch([1, 2, 3], 3 * i)]))),
  );
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ headers }) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.get("range") ?? "")?.[1] ?? 0);
    if (from >= archive.length) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${archive.length}` } });
    }
    const rest = archive.subarray(from), step = Math.ceil(archive.length / 25);
    const body = new ReadableStream({
      async start(stream) {
        for (let at = 0; at < rest.length; at += step) {
          stream.enqueue(rest.subarray(at, at + step));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        stream.close();
      },
    }, { highWaterMark: 1 });
    return new Response(body, {
      status: from > 0 ? 206 : 200,
      headers: {
        "content-length": `${rest.length}`,
        "content-range": `bytes ${from}-${archive.length - 1}/${archive.length}`,
      },
    });
  });
}

const text = new TextDecoder();

/** A process that works; `output` has what it printed once it has ended. */
function start({ command, cwd }: Order): Deno.ChildProcess {
  return new Deno.Command(command[0]!, {
    args: command.slice(1),
    ...(cwd ? { cwd } : {}),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`).map((below) => `${name}/${below}`) : [name]
  );
}

/** The order for a kind of work in a folder. */
async function orderOf(work: Work, folder: string, seed: number, address: string): Promise<Order> {
  const deno = [Deno.execPath(), "run", "-A", "--no-check"];
  switch (work) {
    case "report": {
      await Deno.mkdir(`${folder}/results`, { recursive: true });
      const name = "figure4-course-fashion-mnist.json";
      await Deno.copyFile(`${ROOT}/fixtures/measured/${name}`, `${folder}/results/${name}`);
      const output = `${folder}/report.html`, script = `${ROOT}/scripts/report.ts`;
      return {
        command: [...deno, script, `--results=${folder}/results`, `--output=${output}`, "--pictures-only"],
        cwd: ROOT,
        result: () => Deno.readTextFile(output),
      };
    }
    case "set-up":
      return {
        command: [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", "scripts/setup.ts"],
        cwd: folder,
        result: async () => `${(await Deno.stat(`${folder}/${STAMP}`)).isFile}`,
      };
    default:
      return {
        command: [...deno, new URL("./_life.ts", import.meta.url).pathname, work, folder, `${seed}`, address],
        cwd: ROOT,
      };
  }
}

/** An empty folder for a kind of work; for the set-up a copy of the checkout that has none. */
async function folderFor(work: Work): Promise<string> {
  if (work !== "set-up") return await Deno.makeTempDir({ prefix: "gcln-survival-" });
  const folder = await copiedCheckout();
  await Deno.remove(`${folder}/${STAMP}`).catch(() => {});
  return folder;
}

/** Whether a file is one that a later process removes or uses: a lock, a checkpoint, or half a file that is not an hour old. */
const PASSING = /\.lock$|\.checkpoint$|\.\d+-[0-9a-f]{8}$|\.part$|node_modules|\.offline/;

/**
 * Kills processes of one kind of work at random moments, until so many have been killed, and lets a last one come to its end.
 *
 * @param work What they do.
 * @param kills How many are killed. Every third time three work at once, and all of them are killed.
 * @param seed Fixes the moments, and the seeds of networks.
 */
export async function survive(work: Work, kills: number, seed: number): Promise<Survival> {
  const server = archiveServer(), address = `http://127.0.0.1:${server.addr.port}/`;
  const [one, other] = [await folderFor(work), await folderFor(work)];
  try {
    const whole = await orderOf(work, one, seed, address), began = performance.now();
    const { success, stdout, stderr } = await start(whole).output();
    if (!success) throw new Error(`${work} fails without a kill: ${text.decode(stderr)}`);
    const duration = performance.now() - began, wanted = await whole.result?.() ?? text.decode(stdout);

    const order = await orderOf(work, other, seed, address), next = random(fold(seed, "kills", work));
    const failed: string[] = [];
    let killed = 0, together = 0, started = 0;
    for (let turn = 0; killed < kills && turn < 4 * kills; turn++) {
      const several = turn % 3 === 2 ? Math.min(3, kills - killed) : 1;
      const ended = await Promise.all(
        Array.from({ length: several }, async () => {
          const process = start(order), moment = next() * duration * several;
          const timer = setTimeout(() => {
            try {
              process.kill("SIGKILL");
            } catch {
              // It has ended already.
            }
          }, moment);
          const output = await process.output();
          clearTimeout(timer);
          return output;
        }),
      );
      started += several;
      for (const { success, signal, stderr } of ended) {
        if (signal === "SIGKILL") {
          killed++;
          together += several > 1 ? 1 : 0;
        } else if (!success) failed.push(text.decode(stderr));
      }
      // What is finished is begun again: from nothing, or (every second time) with all that is there.
      if (ended.some(({ success }) => success)) {
        if (work === "set-up") await Deno.remove(`${other}/${STAMP}`).catch(() => {});
        else if (turn % 2 === 0) await begin(other);
      }
    }
    const last = await start(order).output();
    if (!last.success) failed.push(text.decode(last.stderr));
    const found = last.success ? await order.result?.() ?? text.decode(last.stdout) : undefined;
    const left = work === "set-up" ? [] : filesBelow(other).filter((name) => !filesBelow(one).includes(name));
    return {
      work,
      started: started + 1,
      kills: killed,
      together,
      failed,
      isSame: found === wanted.replaceAll(one, other),
      left: left.filter((name) => !PASSING.test(name)),
    };
  } finally {
    for (const folder of [one, other]) await Deno.remove(folder, { recursive: true }).catch(() => {});
    await server.shutdown();
  }
}

/** Removes what has been finished in a folder, but not what is given. */
async function begin(folder: string): Promise<void> {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (name !== "results") await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

if (import.meta.main) {
  const { kills, seed, _: words } = parseArgs(Deno.args, { string: ["kills", "seed"] });
  const wanted = words.length === 0 ? works : works.filter((work) => words.map(String).includes(work));
  let isRight = true;
  for (const work of wanted) {
    const found = await survive(work, Number(kills ?? 10), Number(seed ?? 1));
    const { started, kills: killed, together, failed, isSame, left } = found;
    const verdict = isSame ? "the same result" : "ANOTHER RESULT";
    console.log(
      `${work}: ${started} processes, ${killed} killed, ${together} of them three at once; ` +
        `${failed.length} failed by themselves; ${verdict}; ${left.length} files left`,
    );
    for (const line of [...failed, ...left]) console.log(`    ${line.trim().replaceAll("\n", "\n    ")}`);
    isRight &&= isSame && failed.length === 0 && left.length === 0;
  }
  Deno.exit(isRight ? 0 : 1);
}
