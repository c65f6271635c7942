import { closeNetworkKinds } from "../training/mod.ts";
import type { OwnRow } from "./defense.ts";
import { closeDefenses } from "./define_defense.ts";
import type * as kinds from "./kinds.ts";
import "./kinds.ts";

/** A row with a defense: one of the kit's, or a user's own. */
export type MeasuredRow = ReturnType<typeof kinds[keyof typeof kinds]> | OwnRow;

// Defenses and kinds of networks that are defined later are users' own.
closeDefenses();
closeNetworkKinds();
