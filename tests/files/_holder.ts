import { withLock } from "@gcln/kit/files";

const [folder, name, milliseconds] = Deno.args;
await withLock(`${folder}/lock`, async () => {
  await Deno.writeTextFile(`${folder}/lines`, `${name}\n`, { append: true });
  console.log("locked");
  await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
  await Deno.writeTextFile(`${folder}/lines`, `${name}\n`, { append: true });
});
