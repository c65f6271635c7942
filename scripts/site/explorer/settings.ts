/** The sides and channels of the images that the page's networks read. */
export const SIDE = 32, CHANNELS = 3;

/** How many numbers an image has. */
export const PIXELS = SIDE * SIDE * CHANNELS;

/** The side M of a block of the cosine transform. */
export const BLOCK = 8;

/** What the page's classifiers read, by the names that stand in its address. */
export const datasets = {
  "street-digits": "House numbers",
  "cifar10": "Photos (CIFAR-10)",
} as const;

/** The name of what a classifier reads. */
export type DataName = keyof typeof datasets;

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
  readonly data: DataName;
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
  data: "street-digits",
  defense: "gcln",
  q: 10,
  attack: "pgd",
  epsilon: 8,
  steps: 10,
  attacker: "straight-through",
};

/** The numbers of the images that the page opens with, from 0. */
export const FIRST_IMAGE: Readonly<Record<DataName, number>> = { "street-digits": 5, "cifar10": 0 };

/** What may be chosen where a number is asked for: the least, the most, and the distance of two choices. */
export const ranges = {
  q: { least: 1, most: 64, step: 1 },
  epsilon: { least: 0, most: 32, step: 1 },
  steps: { least: 1, most: 40, step: 1 },
} as const;

/** What the page's folder holds for each kind of image, written when the site is made. */
export type Catalogue = Readonly<Record<DataName, Collection>>;

/** Networks and images of one kind. */
export interface Collection {
  /** The file of the classifier. */
  readonly classifier: string;
  /** The file of the network of adversarial training, where there is one. */
  readonly adversarial?: string;
  /** The files of the GCLNs, by q in 1/255. */
  readonly gcln: Readonly<Record<string, string>>;
  /** The file of the GCLN that is trained against attackers who know it, and its q, where there is one. */
  readonly adaptive?: { readonly file: string; readonly q: number };
  /** The labels of the page's images, in the order of their file. */
  readonly labels: readonly number[];
  /** The names of the images, for those who can't see them. */
  readonly names: readonly string[];
  /** Where each image is from, where that is not the kit itself. */
  readonly sources?: readonly string[];
  /** The names of the classes. */
  readonly classes: readonly string[];
}

/** The defenses that there are networks for. */
export function defensesOf({ gcln, adaptive, adversarial }: Collection): readonly DefenseName[] {
  const there: Readonly<Record<DefenseName, boolean>> = {
    "none": true,
    "quantizer": true,
    "gcln": Object.keys(gcln).length > 0,
    "gcln-adaptive": adaptive !== undefined,
    "adversarial": adversarial !== undefined,
  };
  return (Object.keys(defenses) as DefenseName[]).filter((name) => there[name]);
}

/** The steps of quantization that a defense can have; undefined where any can be had. */
export function stepsOf(defense: DefenseName, { gcln, adaptive }: Collection): readonly number[] | undefined {
  if (defense === "gcln") return Object.keys(gcln).map(Number).sort((a, b) => a - b);
  return defense === "gcln-adaptive" && adaptive ? [adaptive.q] : undefined;
}

/**
 * Settings that there are networks for: in the place of a defense that has none the quantizer alone, or nothing where nothing
 * would round; and the nearest q that the defense can have.
 */
export function settled(wanted: Settings, catalogue: Catalogue): Settings {
  const collection = catalogue[wanted.data];
  const defense = defensesOf(collection).includes(wanted.defense)
    ? wanted.defense
    : wanted.defense.startsWith("gcln")
    ? "quantizer"
    : "none";
  const settings = { ...wanted, defense }, choices = stepsOf(defense, collection);
  if (choices === undefined || choices.includes(settings.q)) return settings;
  const distance = (q: number) => Math.abs(Math.log(q / settings.q));
  return { ...settings, q: choices.reduce((best, q) => distance(q) < distance(best) ? q : best) };
}
