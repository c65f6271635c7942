import type { AttackSpec } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { type DefenseRow, deploy, type Profile } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import type { TrainedOptions } from "@gcln/kit/training";

/** What is attacked, and with what. */
export interface UnderAttack {
  /** How many test images; default 32. */
  readonly examples?: number;
  /** Default: none, and so clean images. */
  readonly attack?: AttackSpec;
  /** Default: `quick`, whose classifier is shipped. */
  readonly profile?: Profile;
  readonly training?: TrainedOptions;
}

/** The share of street digits that a defense reads right under an attack, by the names of the attackers' threat models. */
export async function accuracyUnder<Threat extends string>(
  row: DefenseRow,
  threats: readonly Threat[],
  { examples = 32, attack, profile = profiles.quick, training = {} }: UnderAttack = {},
): Promise<Record<Threat, number>> {
  const data = await streetDigits("test", { size: examples });
  const defense = await deploy(row, { profile, dataset: "street-digits", seed: 1 }, { training });
  try {
    const found: Partial<Record<Threat, number>> = {};
    for (const threat of threats) {
      const surrogate = await defense.surrogate(threat);
      const { correct } = await measure(defense.victim, data, {
        surrogate,
        seed: 1,
        ...(attack ? { attack } : {}),
      });
      found[threat] = correct.filter(Boolean).length / examples;
    }
    return found as Record<Threat, number>;
  } finally {
    defense.dispose();
  }
}
