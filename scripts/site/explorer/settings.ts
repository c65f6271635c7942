/** The sides and channels of the images that the page's networks read. */
export const SIDE = 32, CHANNELS = 3;

/** How many numbers an image has. */
export const PIXELS = SIDE * SIDE * CHANNELS;

/** The side M of a block of the cosine transform. */
export const BLOCK = 8;

/** The defenses of the page, by the names that stand in its address. */
export const defenses = {
  "none": "None",
  "quantizer": "Quantizer alone",
  "gcln": "GCLN (the paper's)",
  "gcln-adaptive": "GCLN, trained against attackers who know it",
  "adversarial": "Adversarial training",
} as const;

/** The name of a defense. */
export type DefenseName = keyof typeof defenses;

/** The attacks of the page, as specs of the kit name them. Each is a start and a step, so that one can watch it. */
export const attackNames = ["fgs", "bim", "pgd", "momentum", "apgd", "noise"] as const;

/** The name of an attack. */
export type AttackName = typeof attackNames[number];

/** What the second attacker differentiates, where a cleaner stands in front of the classifier. */
export const attackers = {
  "straight-through": "Straight-through rounding",
  "identity": "Identity for the whole cleaner",
  "oblivious": "Classifier alone (oblivious)",
} as const;

/** The name of what the second attacker differentiates. */
export type AttackerName = keyof typeof attackers;

/** What a reader of the page has chosen. ε and q are in units of 1/255. */
export interface Settings {
  readonly defense: DefenseName;
  /** The quantization step, in 1/255. For a GCLN one of those that networks are shipped for. */
  readonly q: number;
  readonly attack: AttackName;
  /** The radius of the L∞ ball, in 1/255. */
  readonly epsilon: number;
  readonly steps: number;
  readonly attacker: AttackerName;
}

/** What the page opens with: the paper's method under the paper's attack. */
export const DEFAULTS: Settings = {
  defense: "gcln",
  q: 10,
  attack: "pgd",
  epsilon: 8,
  steps: 10,
  attacker: "straight-through",
};

/** The number of the image that the page opens with, from 0. */
export const FIRST_IMAGE = 5;

/** What may be chosen where a number is asked for: the least, the most, and the distance of two choices. */
export const ranges = {
  q: { least: 1, most: 64, step: 1 },
  epsilon: { least: 0, most: 32, step: 1 },
  steps: { least: 1, most: 40, step: 1 },
} as const;

/** What the page's folder of networks holds, written when the site is made. */
export interface Catalogue {
  /** The files of the classifiers. */
  readonly classifier: string;
  readonly adversarial: string;
  /** The files of the GCLNs, by q in 1/255. */
  readonly gcln: Readonly<Record<string, string>>;
  /** The file of the GCLN that is trained against attackers who know it, and its q. */
  readonly adaptive: { readonly file: string; readonly q: number };
  /** The labels of the page's images, in the order of their file. */
  readonly labels: readonly number[];
  /** The names of the classes. */
  readonly classes: readonly string[];
}

/** The steps of quantization that a defense can have; undefined where any can be had. */
export function stepsOf(defense: DefenseName, { gcln, adaptive }: Catalogue): readonly number[] | undefined {
  if (defense === "gcln") return Object.keys(gcln).map(Number).sort((a, b) => a - b);
  return defense === "gcln-adaptive" ? [adaptive.q] : undefined;
}

/** Settings whose q the defense can have: the nearest one. */
export function settled(settings: Settings, catalogue: Catalogue): Settings {
  const choices = stepsOf(settings.defense, catalogue);
  if (choices === undefined || choices.includes(settings.q)) return settings;
  const distance = (q: number) => Math.abs(Math.log(q / settings.q));
  return { ...settings, q: choices.reduce((best, q) => distance(q) < distance(best) ? q : best) };
}
