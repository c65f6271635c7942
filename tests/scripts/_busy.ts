/** A command that computes for long where no other task has its turn, and then looks whether it was to stop. */
import { pause } from "../../lib/tensor/mod.ts";
import { isStop, stopping } from "../../scripts/cli/stopping.ts";

using stop = await stopping();
const [seconds, looks] = Deno.args.map(Number);

/** A step of an engine: nothing else runs in this thread meanwhile. */
function step(): void {
  const until = performance.now() + seconds! * 1000;
  while (performance.now() < until);
}

try {
  for (let index = 0; index < looks!; index++) {
    console.log("step");
    step();
    console.log("step done");
    await pause(stop.signal);
  }
} catch (error) {
  if (!isStop(error)) throw error;
  console.log("stopped");
  Deno.exit(stop.code());
}
