export type { GradientShares } from "../attacks/mod.ts";
