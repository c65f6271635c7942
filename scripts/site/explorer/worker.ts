/** The page's worker: the kit itself, on WebGPU or WebAssembly. It answers the latest question and drops older ones. */
import { pause, useBackend } from "@gcln/kit/tensor";
import { explore, type Networks, probabilitiesOf, standOf } from "./exploration.ts";
import type { Answer, Question } from "./messages.ts";
import { bytesOf, classifierIn, cleanerIn } from "./networks.ts";
import { likeliest } from "./likeliest.ts";
import type { Catalogue, Settings } from "./settings.ts";

/** What a worker has of its global scope; the library of DOM types knows pages only. */
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: Question }) => void;
  postMessage(answer: Answer): void;
};

const wanted = new URLSearchParams(globalThis.location.search).get("engine");
const engine = useBackend(wanted === "wasm" || wanted === "webgpu" ? wanted : undefined);
const catalogue = bytesOf("catalogue.json").then((bytes): Catalogue =>
  JSON.parse(new TextDecoder().decode(bytes))
);

/** Files that were read already, by their names. */
const read = new Map<string, Promise<unknown>>();

async function once<T>(file: string, make: (bytes: Uint8Array) => T): Promise<T> {
  const known = read.get(file) as Promise<T> | undefined;
  const made = known ?? bytesOf(file).then(make);
  read.set(file, made);
  try {
    return await made;
  } catch (error) {
    read.delete(file); // so that the next question tries again
    throw error;
  }
}

async function networksFor({ data, defense, q }: Settings): Promise<Networks> {
  const { classifier, adversarial, gcln, adaptive } = (await catalogue)[data];
  if (defense === "adversarial" && adversarial) return { classifier: await once(adversarial, classifierIn) };
  const plain = { classifier: await once(classifier, classifierIn) };
  if (defense === "gcln") return { ...plain, cleaner: await once(gcln[String(q)]!, cleanerIn) };
  if (defense === "gcln-adaptive" && adaptive) {
    return { ...plain, cleaner: await once(adaptive.file, cleanerIn) };
  }
  return plain;
}

let latest = 0;

async function answer({ number, settings, image, label: given }: Question): Promise<void> {
  await engine;
  const networks = await networksFor(settings);
  const undefended = await once((await catalogue)[settings.data].classifier, classifierIn);
  const label = given ?? likeliest(await probabilitiesOf(undefended, image));
  const clean = await probabilitiesOf(standOf(settings, networks).victim, image);
  if (number !== latest) return;
  scope.postMessage({ kind: "begun", number, label, clean });
  for await (const { who, step, moment } of explore(networks, settings, image, label)) {
    if (number !== latest) return;
    scope.postMessage({ kind: "moment", number, who, step, moment });
    await pause(); // a newer question may have come
    if (number !== latest) return;
  }
  scope.postMessage({ kind: "done", number });
}

function failed(error: unknown, number?: number): void {
  const message = error instanceof Error ? error.message : String(error);
  scope.postMessage({ kind: "failed", number, message });
}

let work: Promise<void> = Promise.resolve();
scope.onmessage = ({ data: question }) => {
  latest = question.number;
  work = work.then(async () => {
    if (question.number !== latest) return;
    await answer(question).catch((error) => failed(error, question.number));
  });
};

engine.then(
  ({ description }) => scope.postMessage({ kind: "engine", description }),
  (error) => failed(error),
);
