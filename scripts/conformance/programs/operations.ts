import { elementwise } from "./operations/elementwise.ts";
import { idioms } from "./operations/idioms.ts";
import { networks } from "./operations/networks.ts";
import { shapes } from "./operations/shapes.ts";
import type { Drawer, Proposal } from "./drawer.ts";

/** Proposes a line, where there are values that it could take. */
export type Operation = (draw: Drawer) => Proposal | undefined;

/** Those that programs are drawn from, in groups that are equally frequent. */
export const operations: readonly (readonly Operation[])[] = [elementwise, idioms, networks, shapes];
