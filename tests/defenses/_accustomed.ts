import type { AttackSpec } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { classifierSpec } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { profiles } from "@gcln/kit/experiments";
import type { Victim } from "@gcln/kit/judge";
import type { Classifier } from "@gcln/kit/tensor";
import { trained, type TrainingRun } from "@gcln/kit/training";
import { accustomed, accustomedClassifier } from "../../lib/defenses/transformed/accustomed.ts";
import { standTransformed, type Transformation } from "../../lib/defenses/transformed/transformation.ts";

/** The shipped classifier after some seconds with images as a transformation shows them, before its attackers. */
export async function standAccustomed(transformation: Transformation, images = 2_000) {
  const shipped = await trained(classifierSpec(profiles.quick, "street-digits", 1)), { spec } = shipped;
  const classifier = Object.assign((x: Parameters<Classifier>[0]) => shipped(x), shipped, {
    spec: { ...spec, training: { ...spec.training, images: 20 * images } }, // of which a twentieth is seen again
  });
  const run = { networks: { classifier }, data: await streetDigits("train"), seed: 1 };
  const { parameters } = await accustomed(
    run as unknown as TrainingRun<{ classifier: typeof spec }>,
    transformation,
  );
  return standTransformed(accustomedClassifier({ classifier, own: { parameters } }), transformation, 1);
}

/** The share of street digits that a victim reads right under an attack. No graph is made: for a few steps it would take longest. */
export async function left(
  victim: Victim,
  { surrogate, attack, examples = 32 }: {
    readonly surrogate?: unknown;
    readonly attack?: AttackSpec;
    readonly examples?: number;
  } = {},
): Promise<number> {
  const data = await streetDigits("test", { size: examples });
  const { correct } = await measure(victim, data, {
    seed: 1,
    ...(attack ? { attack } : {}),
    ...(surrogate ? { surrogate: surrogate as Classifier } : {}),
  });
  return correct.filter(Boolean).length / examples;
}
