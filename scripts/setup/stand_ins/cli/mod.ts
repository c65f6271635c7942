/**
 * What the kit uses of `jsr:@std/cli`, for places where that registry can't be reached.
 *
 * @module
 */
export { parseArgs, type ParseOptions } from "./parse_args.ts";
