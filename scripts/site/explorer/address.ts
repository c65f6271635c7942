import {
  type AttackerName,
  attackers,
  type AttackName,
  attackNames,
  type DataName,
  datasets,
  DEFAULTS,
  type DefenseName,
  defenses,
  FIRST_IMAGE,
  ranges,
  type Settings,
} from "./settings.ts";

/** What the page's address holds: the settings, and which of its images is shown. */
export interface Address {
  readonly settings: Settings;
  /** The number of one of the page's images, from 0. */
  readonly image: number;
}

/** A number of the address within its range, else what the page opens with. */
function within(text: string | null, name: keyof typeof ranges): number {
  const { least, most } = ranges[name], value = Number(text);
  return text !== null && Number.isInteger(value) && value >= least && value <= most ? value : DEFAULTS[name];
}

/**
 * Reads the part of an address after `#`. What makes no sense is passed over: addresses are typed and shortened by hand.
 *
 * @param hash With or without its `#`.
 * @param imagesOf How many images of a kind the page has.
 */
export function readAddress(hash: string, imagesOf: (data: DataName) => number): Address {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const word = <Word extends string>(name: string, known: (word: string) => boolean, otherwise: Word) => {
    const found = given.get(name);
    return found !== null && known(found) ? found as Word : otherwise;
  };
  const data = word<DataName>("data", (name) => Object.hasOwn(datasets, name), DEFAULTS.data);
  const first = FIRST_IMAGE[data], images = imagesOf(data), image = Number(given.get("image") ?? first);
  return {
    settings: {
      data,
      defense: word<DefenseName>("defense", (name) => Object.hasOwn(defenses, name), DEFAULTS.defense),
      q: within(given.get("q"), "q"),
      attack: word<AttackName>("attack", (name) => attackNames.includes(name as AttackName), DEFAULTS.attack),
      epsilon: within(given.get("epsilon"), "epsilon"),
      steps: within(given.get("steps"), "steps"),
      attacker: word<AttackerName>("attacker", (name) => Object.hasOwn(attackers, name), DEFAULTS.attacker),
    },
    image: Number.isInteger(image) && image >= 0 && image < images ? image : Math.min(first, images - 1),
  };
}

/** The part of an address after `#`, for {@linkcode readAddress}. */
export function writtenAddress({ settings, image }: Address): string {
  const { data, ...others } = settings, all = { ...others, image, ...data === DEFAULTS.data ? {} : { data } };
  return `#${new URLSearchParams(Object.entries(all).map(([name, value]) => [name, String(value)]))}`;
}
