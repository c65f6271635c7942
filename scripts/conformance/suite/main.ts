/**
 * Runs tests of TensorFlow.js on an engine, in a process of its own:
 *
 *     deno run -A scripts/conformance/suite/main.ts ENGINE OUTCOMES.json ops/relu_test ops/abs_test …
 */
import { tf } from "../../../lib/tensor/mod.ts";
import { type EngineName, engines } from "./engines.ts";
import { jasmineUtil, type Outcomes, startJasmine } from "./jasmine.ts";
import { Modules } from "./modules.ts";

const [engine, to, ...files] = Deno.args as [EngineName, string, ...string[]];
const outcomes: Outcomes = {};
await engines[engine]();
tf.env().set("IS_TEST", true);

const env = startJasmine(), modules = new Modules({ jasmine_util: jasmineUtil(engine) });
for (const file of files) {
  try {
    modules.load(file);
  } catch (error) {
    env.it(`${file} loads`, () => {
      throw error;
    });
  }
}
interface Result {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}
env.addReporter({
  specDone({ fullName, status, failedExpectations: [first] }: Result) {
    if (status !== "passed" && status !== "failed") return;
    let name = fullName;
    for (let again = 2; name in outcomes; again++) name = `${fullName} (${again})`;
    outcomes[name] = first ? { status, message: first.message.slice(0, 300) } : { status };
  },
});
await env.execute();
await Deno.writeTextFile(to, JSON.stringify(outcomes));
Deno.exit(0);
