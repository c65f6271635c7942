import type { Victim } from "../judge/mod.ts";
import type { Owner } from "../networks/mod.ts";
import type { Classifier, Cleaner, Frozen } from "../tensor/mod.ts";
import type { DefenseRow } from "./defense.ts";

/** A defense with its networks, ready to be attacked. */
export interface Deployment extends Owner {
  /** The defense, as data. */
  readonly row: DefenseRow;
  /** What is scored. */
  readonly victim: Frozen & Victim;
  /** What stands in front of the classifier, if anything. */
  readonly cleaner?: Cleaner;
  /** The names of the networks in play: what a kept measurement depends on. */
  readonly networks: readonly string[];
  /** Whether an attacker of this threat model has anything to differentiate. */
  faces(threat: string): boolean;
  /**
   * What an attacker of this threat model differentiates; made when it is first asked for.
   *
   * @throws {RangeError} Where the defense does not face it.
   */
  surrogate(threat: string): Promise<Classifier>;
  /**
   * What else an attacker of this threat model may differentiate, by the names of its threat models: an "adaptive" one all that
   * the defense faces and that takes no time to make; any other nothing.
   */
  otherSurrogates(threat: string): Readonly<Record<string, Classifier>>;
  /** The names of the networks that an attacker of this threat model has beside those of the defense. */
  attackersNetworks(threat: string): Promise<readonly string[]>;
  /** What a surrogate that takes time to make depends on beside the networks; `undefined` of any other. */
  surrogateSettings(threat: string): Readonly<Record<string, number | string>> | undefined;
  /** Surrogates that no other defense shares, as far as they were asked for. */
  readonly ownSurrogates: readonly Classifier[];
}
