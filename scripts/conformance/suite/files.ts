import { specFiles } from "./modules.ts";

/** Tests of what computes nothing: files, flags, the engine's own bookkeeping, which the runner's engine would not survive. */
const ELSEWHERE =
  /^(io|platforms|backends)\/|^(browser_util|debug_mode|device_util|engine|environment|flags|hash_util|jasmine_util|kernel_registry|worker)_test$/;

/** The files of TensorFlow.js's tests that compute something. */
export function computing(): string[] {
  return specFiles().filter((file) => !ELSEWHERE.test(file));
}
