import { closeNetworkKinds } from "../training/mod.ts";
import { closeDefenses, type OwnRow } from "./defense.ts";
import type * as kinds from "./kinds.ts";
import "./kinds.ts";

/** Any defense of the kit. */
type KitDefense = typeof kinds[keyof typeof kinds];

/** A row with a defense: one of the kit's, or a user's own. */
export type MeasuredRow = ReturnType<KitDefense> | OwnRow;

// Whoever defines a defense or a kind of network from here on is a user.
closeDefenses();
closeNetworkKinds();
