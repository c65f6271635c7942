import { count, type Setting } from "../kinds/mod.ts";

/** What the width of a network may be: channels of its first stage. */
export const width: Setting = count({ least: 1 });

/** How many classes a classifier may have. */
export const classes: Setting = count({ least: 2 });
