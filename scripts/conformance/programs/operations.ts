import { elementwise } from "./operations/elementwise.ts";
import { idioms } from "./operations/idioms.ts";
import { networks } from "./operations/networks.ts";
import { shapes } from "./operations/shapes.ts";
import type { Operation } from "./drawer.ts";

/** Those that programs are drawn from, in groups that are equally frequent. */
export const operations: readonly (readonly Operation[])[] = [elementwise, idioms, networks, shapes];
