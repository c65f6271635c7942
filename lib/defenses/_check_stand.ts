import { threatNamed } from "../attacks/mod.ts";
import { valueText } from "../kinds/mod.ts";
import type { Needed } from "../training/mod.ts";
import { RANDOM_DRAWS, type Stand } from "./stand.ts";
import type { DefenseTrait } from "./traits.ts";

/** What of a defense its stand has to fit. */
interface Facts {
  readonly name: string;
  readonly traits: readonly DefenseTrait[];
}

/** What a defense needs, if it is specs by name. */
export function checkedNeeds(name: string, needs: unknown): Needed {
  if (typeof needs === "object" && needs !== null && !Array.isArray(needs)) return needs as Needed;
  throw new TypeError(
    `Cannot use what needs of defense ${valueText(name)} returned, ${
      valueText(needs)
    }: specs of networks by name are wanted, ` +
      "{ classifier: classifierSpec(profile, dataset, seed) } for one; {} where there are none",
  );
}

/**
 * How a defense stands before its attackers, if that is whole and fits what its traits say.
 *
 * @throws {TypeError} Where it has no victim, or a surrogate is none.
 * @throws {RangeError} Where a threat model is not known, or a trait is wrong.
 */
export function checkedStand(defense: Facts, given: unknown): Stand {
  const stand = ofWholeParts(defense.name, given);
  checkTraits(defense, stand);
  return stand;
}

function ofWholeParts(name: string, given: unknown): Stand {
  const wrong = (what: string) =>
    new TypeError(
      `Cannot use what stand of defense ${
        valueText(name)
      } returned, ${what}: { victim, surrogates } is wanted, ` +
        "and standBehind(classifier, cleaner) makes it",
    );
  if (typeof given !== "object" || given === null) throw wrong(valueText(given));
  const { victim, surrogates = {} } = given as Partial<Stand>;
  if (typeof victim !== "function") throw wrong(`whose victim is ${valueText(victim)}`);
  for (const [threat, surrogate] of Object.entries(surrogates)) {
    threatNamed(threat);
    if (typeof surrogate !== "function" && typeof surrogate?.make !== "function") {
      throw wrong(`whose surrogate for ${valueText(threat)} is ${valueText(surrogate)}`);
    }
  }
  return given as Stand;
}

function checkTraits({ name, traits }: Facts, { victim, draws }: Stand): void {
  const wrong = (what: string) => new RangeError(`Cannot deploy defense ${valueText(name)}: ${what}`);
  const isRandom = traits.includes("randomised"), detects = traits.includes("detects");
  if (isRandom && draws !== RANDOM_DRAWS) {
    throw wrong(
      `it is "randomised", so what is scored and differentiated has to be the mean of ${RANDOM_DRAWS} draws: ` +
        "standAveraged((images, seed) => logits, seed) makes it",
    );
  }
  if (!isRandom && draws !== undefined) {
    throw wrong('it draws random numbers, so the trait "randomised" is wanted');
  }
  if (detects && victim.rejects === undefined) {
    throw wrong(
      'it "detects", so its victim needs a function rejects(images): 1 where it refuses an image, else 0',
    );
  }
  if (victim.score !== undefined && typeof victim.score !== "function") {
    throw wrong(`its victim's score is ${valueText(victim.score)}: a function score(images) is wanted`);
  }
  if (!detects && (victim.rejects ?? victim.score) !== undefined) {
    throw wrong('its victim rejects images, so the trait "detects" is wanted');
  }
}
