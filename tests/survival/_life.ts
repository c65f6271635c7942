/** One process of {@linkcode survive}: does a piece of work in a folder, and prints what came out. */
import { cifar10 } from "@gcln/kit/data";
import { reproduce } from "@gcln/kit/experiments";
import { sha256 } from "@gcln/kit/files";
import { useBackend } from "@gcln/kit/tensor";
import { type ClassifierSpec, trained } from "@gcln/kit/training";
import { facts } from "../experiments/_killed.ts";
import { fewCells } from "../experiments/_small.ts";
import { tiny } from "../experiments/_untrained.ts";

const [kind, folder, seed, address] = Deno.args as [string, string, string, string?];

/** A network that takes a few steps. */
const spec: ClassifierSpec = {
  kind: "classifier",
  network: { architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 2 },
  data: "street-digits",
  training: { examples: 200, images: 320, batch: 16, rate: 0.05, augment: { flip: false, shift: 0 } },
  seed: Number(seed),
};

/** Milliseconds that go by at each look at the clock: a training keeps a checkpoint at every step. */
const TICK = 50_000;

async function work(): Promise<unknown> {
  switch (kind) {
    case "training": {
      let time = 0;
      performance.now = () => time += TICK;
      await useBackend();
      const { parameters } = await trained(spec, { folder });
      const digests = Object.entries(parameters).map(async ([name, tensor]) => [
        name,
        await sha256(new Uint8Array((await tensor.data()).buffer as ArrayBuffer)),
      ]);
      return await Promise.all(digests);
    }
    case "measuring": {
      let time = 0;
      performance.now = () => time += TICK;
      await useBackend();
      return facts(await reproduce(fewCells, { profile: tiny, folder, seed: Number(seed) }));
    }
    case "download": {
      const { size, checksum } = await cifar10("train", {
        folder: `${folder}/own`,
        cache: `${folder}/cache`,
        mirror: address!,
        checksums: "unchecked",
        progress: () => {},
      });
      return { size, checksum };
    }
    default:
      throw new RangeError(`No work is called ${kind}`);
  }
}

console.log(JSON.stringify(await work()));
Deno.exit();
