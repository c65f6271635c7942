/** A process that loads CIFAR-10 from a server, and says how many images there are. */
import { cifar10 } from "@gcln/kit/data";

const [folder, mirror] = Deno.args;
const { size } = await cifar10("test", {
  folder: `${folder}/own`,
  cache: `${folder}/cache`,
  mirror: mirror!,
  checksums: "unchecked",
  progress: () => {},
});
console.log(size);
