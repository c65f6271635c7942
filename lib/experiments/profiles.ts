import type { Profile } from "../defenses/mod.ts";
import {
  type Bounds,
  checkSettings,
  count,
  guess,
  list,
  object,
  type Setting,
  type Settings,
  size,
  text,
  word,
} from "../kinds/mod.ts";

/** The names of the profiles, from a laptop to a cluster. */
export type ProfileName = "quick" | "course" | "paper";

/** The rows of Table 1 that are measured from several seeds at `course`: what the others are compared with. */
const MAIN_ROWS = ["No Defense", "Adversarial-PGD", "Our method (Qs = 10)"];

/**
 * The profiles: three sizes of the same experiments. To make your own, spread one and give it a name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { Profile } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 *
 * const attacks = { carliniWagner: { steps: 100 } };
 * const thorough: Profile = { ...profiles.quick, name: "thorough", examples: 2000, attacks };
 * assertEquals(thorough.network, profiles.quick.network); // so the shipped networks are used
 * ```
 */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  quick: {
    name: "quick",
    dataset: "street-digits",
    examples: 200,
    seeds: 1,
    experiments: { table1: { examples: 64, fewerExamples: { "PixelDefend": 8 } } },
    network: { width: 16, stem: 2 },
    images: 200_000,
    gcln: { pool: 8_000, images: 40_000, adaptive: 20_000, width: 16 },
    adversary: { images: 200_000, steps: 5, stepSize: 3, after: 0.2 },
    pixelCnn: { width: 16, blocks: 2, mixtures: 3, images: 30_000 },
    hardening: { images: 40_000, from: "the target" },
    purifiers: {
      autoencoder: { images: 100_000 },
      bitCoder: { width: 2, images: 30_000 },
      diffusion: { width: 24, images: 80_000 },
      gan: { width: 8, images: 100_000, steps: 20, starts: 2 },
    },
    alpha: 0.05,
    attacks: { carliniWagner: { steps: 30 } },
  },
  course: {
    name: "course",
    examples: 500,
    seeds: 1,
    experiments: {
      table1: {
        examples: 1000,
        seeds: 3,
        severalSeeds: MAIN_ROWS,
        fewerExamples: { "PixelDefend": 50 },
      },
      table2: { fewerExamples: { "PixelDefend": 50, "SAP": 100 } },
    },
    network: { width: 16, stem: 1 },
    images: 300_000,
    gcln: { pool: 30_000, images: 60_000, adaptive: 40_000, width: 16 },
    adversary: { images: 120_000, steps: 7, stepSize: 2, after: 0.2 },
    pixelCnn: { width: 32, blocks: 3, mixtures: 5, images: 300_000 },
    hardening: { images: 120_000, from: "the target" },
    purifiers: {
      autoencoder: { images: 500_000 },
      bitCoder: { width: 4, images: 250_000 },
      diffusion: { width: 64, images: 600_000 },
      gan: { width: 24, images: 1_000_000, steps: 50, starts: 4 },
    },
    alpha: 0.05,
    attacks: { carliniWagner: { steps: 100 } },
    on: {
      cifar10: {
        images: 2_000_000,
        augment: { shift: 4, cutout: 8 },
        gcln: {
          pool: 12_000,
          images: 400_000,
          adaptive: 40_000,
          width: 16,
          unet: { width: 48, levels: 3, blocks: 1, norm: "batch" },
          features: { layers: ["layer3", "layer4", "pool", "logits"], weights: [1, 1, 1, 2] },
          training: { clean: 0.25, augment: { flip: true, shift: 2 } },
        },
        adversary: { images: 900_000, steps: 2, stepSize: 5, after: 0.1 },
        hardening: { images: 240_000, from: "the target" },
        substitute: { images: 400_000 },
      },
    },
  },
  paper: {
    name: "paper",
    examples: 10_000,
    seeds: 3,
    network: { width: 64, stem: 1 },
    images: 10_000_000,
    gcln: { pool: 50_000, images: 1_000_000, adaptive: 1_000_000, width: 64 },
    adversary: { images: 10_000_000, steps: 7, stepSize: 2, after: 0 },
    pixelCnn: { width: 160, blocks: 15, mixtures: 10, images: 10_000_000 },
    hardening: { images: 10_000_000, from: "new weights" },
    purifiers: {
      autoencoder: { images: 5_000_000 },
      bitCoder: { width: 16, images: 2_000_000 },
      diffusion: { width: 256, images: 30_000_000 },
      gan: { width: 64, images: 10_000_000, steps: 200, starts: 10 },
    },
    alpha: 0.25,
    attacks: { carliniWagner: { steps: 100 } },
  },
};

/** An object whose fields fit their settings. Those of `optional` may be absent. */
function fields(settings: Settings, optional: Settings = {}): Setting {
  const known = { ...settings, ...optional };
  const named = Object.entries(known).map(([name, { wanted }]) =>
    `${name}${name in optional ? "?" : ""}: ${wanted}`
  );
  return {
    wanted: `{ ${named.join(", ")} }`,
    accepts: (value) =>
      typeof value === "object" && value !== null &&
      Object.keys(settings).every((name) => name in value) &&
      Object.entries(value).every(([name, field]) =>
        Object.hasOwn(known, name) && known[name]!.accepts(field)
      ),
  };
}

const some: Bounds = { least: 1 }, share: Bounds = { least: 0, most: 1 };

/** The settings of the sizes that may be different on a data set. */
const sizeSettings: Settings = {
  network: fields({
    width: count(some),
    stem: { wanted: "1 or 2", accepts: (value) => value === 1 || value === 2 },
  }),
  images: count(some),
  augment: object("random changes of images such as { shift: 4, cutout: 8 }"),
  gcln: fields(
    { pool: count(some), images: count(some), adaptive: count(some), width: count(some) },
    {
      unet: object("{ width, levels, blocks, norm }"),
      features: object("{ layers, weights }"),
      attacks: list(object("an attack's spec"), { least: 1 }),
      training: object("settings of the training"),
    },
  ),
  adversary: fields({
    images: count(some),
    steps: count(some),
    stepSize: size({ above: 0 }),
    after: size(share),
  }),
  pixelCnn: fields({ width: count(some), blocks: count(some), mixtures: count(some), images: count(some) }),
  hardening: fields({ images: count(some), from: word(["the target", "new weights"]) }),
  purifiers: fields({
    autoencoder: fields({ images: count(some) }),
    bitCoder: fields({ width: count(some), images: count(some) }),
    diffusion: fields({ width: count(some), images: count(some) }),
    gan: fields({ width: count(some), images: count(some), steps: count(some), starts: count(some) }),
  }),
  substitute: fields({ images: count(some) }),
  alpha: size(),
};

/** The settings of the fields of a profile. */
const profileSettings: Settings = {
  ...sizeSettings,
  name: text(),
  dataset: text(),
  examples: count(some),
  seeds: count(some),
  attacks: object("settings by the names of attacks"),
  experiments: object("sizes by the names of experiments"),
  on: object("sizes by the names of data sets"),
};

const experimentSettings: Settings = {
  examples: count(some),
  seeds: count(some),
  severalSeeds: list(text()),
  fewerExamples: object("numbers of images by the heads of rows"),
};

const needed = [
  "name",
  "examples",
  "network",
  "images",
  "gcln",
  "adversary",
  "pixelCnn",
  "purifiers",
  "alpha",
];

/**
 * The profile of a name, or a user's own profile after a check of its fields.
 *
 * @param profile The name of a profile, or a profile.
 * @throws {RangeError} If there is no profile with this name, or a field is not allowed.
 */
export function profileOf(profile: ProfileName | Profile): Profile {
  if (typeof profile !== "string") {
    checkSettings("a profile", profileSettings, profile, needed);
    for (const [name, size] of Object.entries(profile.experiments ?? {})) {
      checkSettings(`a profile's experiment ${JSON.stringify(name)}`, experimentSettings, size);
    }
    for (const [data, sizes] of Object.entries(profile.on ?? {})) {
      checkSettings(`a profile on ${data}`, sizeSettings, sizes);
    }
    return profile;
  }
  if (Object.hasOwn(profiles, profile)) return profiles[profile];
  const known = Object.keys(profiles);
  throw new RangeError(
    `No profile is called ${JSON.stringify(profile)}${guess(profile, known) || "."} There are ${
      known.join(", ")
    }`,
  );
}
