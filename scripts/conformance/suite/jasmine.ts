// deno-lint-ignore-file no-explicit-any -- jasmine and the tests have no types here
import { createRequire } from "node:module";
import { tf } from "../../../lib/tensor/mod.ts";

/** How a test ended. */
export interface Outcome {
  readonly status: "passed" | "failed";
  /** Why it failed. */
  readonly message?: string;
}

/** Outcomes by `file: name of the test`. */
export type Outcomes = Record<string, Outcome>;

const require = createRequire(import.meta.url);

/** Jasmine, with its functions as globals: the tests want them there. */
export function startJasmine(): any {
  const jasmine = require("jasmine-core").boot();
  const env = jasmine.getEnv();
  env.configure({ random: false, forbidDuplicateNames: false });
  jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;
  return env;
}

/** The module `jasmine_util` of the tests, for the engine that runs. Theirs starts the engine anew for each group of tests. */
export function jasmineUtil(engine: string): Record<string, unknown> {
  const testEnv = { name: engine, backendName: tf.getBackend(), isDataSync: true };
  const globals = globalThis as any;
  const node = { predicate: () => true }, never = { predicate: () => false };
  const describeWithFlags = (name: string, constraints: any, tests: (testEnv: unknown) => void) => {
    const { flags = {}, predicate } = constraints ?? {};
    if (Object.entries(flags).some(([flag, value]) => tf.env().get(flag) !== value)) return;
    if (predicate !== undefined && !predicate(testEnv)) return;
    globals.describe(name, () => {
      globals.beforeAll(() => {
        // What a new engine would have: some tests set flags, or count all tensors there are.
        tf.env().reset();
        tf.env().set("IS_TEST", true);
        Object.assign((tf.engine() as any).state, { numTensors: 0, numDataBuffers: 0, numBytes: 0 });
      });
      globals.beforeEach(async () => {
        if (tf.getBackend() !== testEnv.backendName) await tf.setBackend(testEnv.backendName);
        tf.engine().startScope();
      });
      globals.afterEach(() => {
        tf.engine().endScope();
        tf.disposeVariables();
      });
      tests(testEnv);
    });
  };
  return {
    ALL_ENVS: {},
    NODE_ENVS: node,
    HAS_NODE_WORKER: never,
    HAS_WORKER: never,
    BROWSER_ENVS: never,
    CHROME_ENVS: never,
    SYNC_BACKEND_ENVS: node,
    TEST_ENVS: [testEnv],
    describeWithFlags,
    runWithLock: (spec: any) => spec,
  };
}
