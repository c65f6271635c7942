import type { Moment, Who } from "./messages.ts";
import { magnified, Picture } from "./picture.tsx";
import { likeliest } from "./likeliest.ts";
import { percent, Probabilities } from "./probabilities.tsx";

/** The heads of the attackers' panels, and what each attacker does. */
const words: Readonly<Record<Who, { readonly title: string; readonly does: string }>> = {
  "as printed": {
    title: "Exact gradient",
    does: "Differentiates exactly what is scored, as the paper's white-box attacks do.",
  },
  "straight-through": {
    title: "Straight-through gradient",
    does: "Computes the same, but takes rounding for the identity on the way back (BPDA).",
  },
  "identity": {
    title: "Cleaner taken for the identity",
    does: "Passes the gradient around the whole cleaner.",
  },
  "oblivious": {
    title: "Oblivious",
    does: "Knows nothing of the defense and attacks the classifier alone.",
  },
};

/** The name of an attacker, for sentences. */
export function nameOf(who: Who, alone: boolean): string {
  if (alone) return "attacker";
  return who === "as printed" ? "attacker with the exact gradient" : `second attacker (${who})`;
}

/** A slope with two digits; exactly 0 is said to be so. */
export function slopeText(slope: number): string {
  return slope === 0 ? "0" : slope >= 0.01 && slope < 1000 ? slope.toPrecision(2) : slope.toExponential(1);
}

/** One attacker at the step that is shown. */
export function Panel(
  { who, alone, index, moment, original, label, misread, classes, epsilon }: {
    who: Who;
    alone: boolean;
    index: number;
    moment: Moment;
    original: Float32Array;
    label: number;
    /** Whether the image is misread without an attack too. */
    misread: boolean;
    classes: readonly string[];
    epsilon: number;
  },
) {
  const { attacked, quantized, cleaned, probabilities, slope } = moment, read = likeliest(probabilities);
  const fallen = read !== label, title = alone ? "White-box attacker" : words[who].title;
  return (
    <section class={`card panel panel-${index}`} aria-labelledby={`panel-${index}`} data-who={who}>
      <header>
        <h2 id={`panel-${index}`}>{title}</h2>
        <p class={`verdict ${fallen ? "fallen" : "standing"}`}>
          {fallen
            ? `${misread ? "Misread without an attack too" : "Fallen"}: reads ${classes[read]}`
            : `Stands: reads ${classes[read]}`} <span class="quiet">({percent(probabilities[read]!)})</span>
        </p>
      </header>
      <p class="hint">{alone ? "Differentiates exactly what is scored." : words[who].does}</p>
      <div
        class="pictures"
        style={{ "--pictures": 3 + Number(quantized !== undefined) + Number(cleaned !== undefined) }}
      >
        <Picture name="Original" pixels={original} />
        <Picture
          name="Noise"
          pixels={magnified(attacked, original, epsilon)}
          alt="Noise, magnified so that grey is 0"
        >
          {epsilon > 0 ? `× ${Math.round(255 / (2 * epsilon))}, grey is 0` : "there is none"}
        </Picture>
        <Picture name="Attacked" pixels={attacked}>within ±{epsilon}/255</Picture>
        {quantized && <Picture name="Quantized" pixels={quantized} />}
        {cleaned && (
          <Picture name="Cleaned" pixels={cleaned}>
            what is classified
          </Picture>
        )}
      </div>
      <p class={`slope ${slope === 0 ? "flat" : ""}`}>
        Greatest slope of the attacker's loss: <b>{slopeText(slope)}</b>
        {slope === 0 && ", exactly. There is nothing to climb."}
      </p>
      <Probabilities probabilities={probabilities} label={label} classes={classes} />
    </section>
  );
}
