/** What the threads of the wasm backend do together. */
import { blend, moments } from "./jobs/batch_norm.ts";
import { direct, phased, tied } from "./jobs/direct.ts";
import { each } from "./jobs/each.ts";
import { filterGradient, total } from "./jobs/filter_gradient.ts";
import type { Settings } from "./jobs/job.ts";
import { winograd } from "./jobs/winograd.ts";
import { winogradFilters, winogradSums, winogradTaps } from "./jobs/winograd_filters.ts";
import { padded, POINTS, TILE } from "./sizes.ts";

/** All jobs, by name. */
export const jobs = {
  ...{ direct, phased, winograd, tied, winogradFilters },
  ...{ filterGradient, total, winogradSums, winogradTaps },
  ...{ each, moments, blend },
} as const;

/** A job's name. */
export type JobName = keyof typeof jobs;

/** The settings that a caller gives for a job: all but the memory that the job gets for itself. */
export type SettingsOf<Name extends JobName> = Settings<
  Exclude<(typeof jobs)[Name]["settings"][number], "scratch" | "scratchSize">
>;

/** The jobs in the order of their numbers. */
export const jobNames = Object.keys(jobs) as JobName[];

/** How many floats of memory a part needs for itself, apart from its input and output; none where nothing is said. */
export const scratchOf: { readonly [Name in JobName]?: (settings: SettingsOf<Name>) => number } = {
  direct: (s: SettingsOf<"direct">): number =>
    ((s.rows - 1) * s.strideY + s.height) * ((s.outWidth - 1) * s.strideX + s.width) * s.channels,
  phased: (s: SettingsOf<"phased">): number =>
    (Math.ceil(s.outHeight / s.strideY) + s.height) * (Math.ceil(s.outWidth / s.strideX) + s.width) *
    s.channels,
  tied: (s: SettingsOf<"tied">): number => TILE * (s.outWidth + s.width - 1) * s.channels,
  winograd: ({ tiles, channels, outputs, inWidth }: SettingsOf<"winograd">): number =>
    POINTS * tiles * (channels + padded(outputs)) + inWidth * channels,
  winogradSums: (
    { tiles, chunk, channels, outputs, inWidth, outWidth }: SettingsOf<"winogradSums">,
  ): number => POINTS * tiles * (chunk + outputs) + Math.max(inWidth * channels, outWidth * outputs),
};
