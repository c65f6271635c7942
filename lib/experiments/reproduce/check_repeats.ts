import type { Dataset } from "../../data/mod.ts";
import { defenseOf, type Deployment } from "../../defenses/mod.ts";
import { valueText } from "../../kinds/mod.ts";
import { type Images, tf } from "../../tensor/mod.ts";

/** How many images are shown twice. */
const SOME = 4;

/**
 * Throws where a user's defense gives the same images other logits when it is asked again: then no number would mean what its
 * cell says.
 *
 * @throws {RangeError} With what to do about it.
 */
export async function checkRepeats({ row, victim }: Deployment, test: Dataset): Promise<void> {
  const { code, name } = defenseOf(row);
  if (code === undefined) return;
  const { images, labels } = test.take(Math.min(SOME, test.size)).all();
  const asked = () => tf.tidy(() => victim(images as Images)), answers = [asked(), asked()];
  try {
    const [first, second] = await Promise.all(answers.map((logits) => logits.data()));
    if (first!.every((logit, i) => Object.is(logit, second![i]))) return;
    throw new RangeError(
      `Cannot measure defense ${
        valueText(name)
      }: its victim gives the same images other logits when it is asked again. ` +
        'One that draws random numbers needs the trait "randomised", and standAveraged((images, seed) => logits, seed)',
    );
  } finally {
    tf.dispose([images, labels, ...answers]);
  }
}
