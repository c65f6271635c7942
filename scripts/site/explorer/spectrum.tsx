import { useState } from "preact/hooks";
import type { Moment } from "./messages.ts";
import { brightness, Pixels } from "./picture.tsx";
import { BLOCK, CHANNELS, SIDE } from "./settings.ts";

const BLOCKS = SIDE / BLOCK, COLOURS = ["Red", "Green", "Blue"];

/** The numbers of one block and one channel, row by row. */
export function blockOf(
  spectrum: Float32Array,
  block: number,
  channel: number,
): readonly (readonly number[])[] {
  const top = Math.floor(block / BLOCKS) * BLOCK, left = block % BLOCKS * BLOCK;
  return Array.from(
    { length: BLOCK },
    (_, i) =>
      Array.from({ length: BLOCK }, (_, j) => spectrum[((top + i) * SIDE + left + j) * CHANNELS + channel]!),
  );
}

/** How many coefficients are not 0. */
function left(spectrum: Float32Array): number {
  return spectrum.reduce((count, value) => count + (Math.abs(value) > 1e-6 ? 1 : 0), 0);
}

/** A block's coefficients in units of 1/255. */
function Coefficients(
  { name, values, most }: { name: string; values: readonly (readonly number[])[]; most: number },
) {
  const rounded = (value: number) => {
    const whole = Math.round(value * 255);
    return whole === 0 ? "0" : String(whole).replace("-", "−");
  };
  return (
    <table class="coefficients">
      <caption>{name}</caption>
      <tbody>
        {values.map((row, i) => (
          <tr key={i}>
            {row.map((value, j) => (
              <td
                key={j}
                class={Math.round(value * 255) === 0 ? "zero" : value < 0 ? "below" : "above"}
                style={{ "--share": Math.min(1, Math.log1p(Math.abs(value) * 255) / Math.log1p(most * 255)) }}
              >
                {rounded(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The cosine transform of the attacked image, before it is rounded to multiples of q and after. */
export function Spectrum(
  { moment, q, quantizes, whose }: {
    moment: Moment;
    q: number;
    quantizes: boolean;
    whose: string;
  },
) {
  const [block, setBlock] = useState(5), [channel, setChannel] = useState(1);
  const before = blockOf(moment.spectrum, block, channel), after = blockOf(moment.rounded, block, channel);
  const most = Math.max(...before.flat().map(Math.abs), 1 / 255);
  return (
    <section class="card spectrum" aria-labelledby="spectrum-title">
      <h2 id="spectrum-title">The cosine transform, rounded to multiples of q = {q}</h2>
      <p class="hint">
        The image of the {whose} is cut into blocks of {BLOCK} × {BLOCK}{" "}
        pixels. A block's top left number is its brightness; further right and down are finer patterns.
        Rounding removes what is smaller than q / 2.{" "}
        {quantizes ? "" : "The defense chosen above does not do this: it is shown for comparison."}
      </p>
      <div class="spectra">
        <div class="chooser">
          <div class="blocks">
            <Pixels pixels={moment.attacked} label="Attacked image" />
            <div role="radiogroup" aria-label="Block of the image">
              {Array.from({ length: BLOCKS ** 2 }, (_, i) => {
                const name = `Row ${Math.floor(i / BLOCKS) + 1}, column ${i % BLOCKS + 1}`;
                return (
                  <input
                    key={i}
                    type="radio"
                    name="block"
                    aria-label={name}
                    title={name}
                    checked={i === block}
                    onChange={() => setBlock(i)}
                  />
                );
              })}
            </div>
          </div>
          <label>
            Channel{" "}
            <select
              name="channel"
              value={channel}
              onChange={({ currentTarget }) => setChannel(Number(currentTarget.value))}
            >
              {COLOURS.map((name, i) => <option key={name} value={i}>{name}</option>)}
            </select>
          </label>
        </div>
        {([["Before", moment.spectrum, before], ["After", moment.rounded, after]] as const).map((
          [name, spectrum, values],
        ) => (
          <div class="side" key={name}>
            <div class="whole">
              <Pixels
                pixels={brightness(spectrum)}
                label={`Sizes of all coefficients, ${name.toLowerCase()}`}
              />
              <p>
                <b class={`left-${name.toLowerCase()}`}>{left(spectrum)}</b> of {spectrum.length} are not 0
              </p>
            </div>
            <Coefficients name={`${name}, in 1/255`} values={values} most={most} />
          </div>
        ))}
      </div>
    </section>
  );
}
