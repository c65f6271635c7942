/** The explorer's page: what a reader chooses, and what the worker finds. */
import { render } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { readAddress, writtenAddress } from "./address.ts";
import { Chart } from "./chart.tsx";
import { Controls, stories } from "./controls.tsx";
import { likeliest } from "./likeliest.ts";
import { nameOf, Panel } from "./panel.tsx";
import {
  type Catalogue,
  type Collection,
  type DataName,
  DEFAULTS,
  FIRST_IMAGE,
  PIXELS,
  type Settings,
  settled,
} from "./settings.ts";
import { Spectrum } from "./spectrum.tsx";
import { summary } from "./summary.ts";
import { pixelsOf } from "./upload.ts";
import { useAttack } from "./use_attack.ts";

/** What is asked of the worker at most every so many milliseconds while a slider moves. */
const PATIENCE = 150;

/** How long a step is shown when the attack is played, in milliseconds. */
const PACE = 500;

/** A value once it has not changed for a while. */
function useSettled<T>(value: T): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), PATIENCE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

type Images = Readonly<Record<DataName, readonly Float32Array[]>>;

function Explorer({ catalogue, images: all }: { catalogue: Catalogue; images: Images }) {
  const first = useMemo(() => readAddress(location.hash, (data) => all[data].length), []);
  const [settings, setSettings] = useState(() => settled(first.settings, catalogue));
  const [image, setImage] = useState<number | undefined>(first.image);
  const collection = catalogue[settings.data], images = all[settings.data];
  const [own, setOwn] = useState<{ pixels: Float32Array; label: number | undefined }>();
  const [refused, setRefused] = useState<string>();
  const [chosen, setChosen] = useState<number>(), [whose, setWhose] = useState(0);
  const [playing, setPlaying] = useState(false), [reading, setReading] = useState(false);

  const wanted = useMemo(() => {
    const known = image === undefined ? own : { pixels: images[image]!, label: collection.labels[image] };
    return { settings, image: known!.pixels, label: known!.label };
  }, [settings, image, own]);
  const { engine, attack, finished, failure } = useAttack(useSettled(wanted));
  const busy = reading || finished !== wanted;

  useEffect(() => {
    if (image !== undefined) history.replaceState(null, "", writtenAddress({ settings, image }));
  }, [settings, image]);
  useEffect(() => {
    const follow = () => {
      if (!location.hash.includes("=")) return; // a link within the page, "To the text" for one
      const next = readAddress(location.hash, (data) => all[data].length);
      setSettings(settled(next.settings, catalogue));
      setImage(next.image);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);

  const change = useCallback((wanted: Settings) => {
    setChosen(undefined);
    setPlaying(false);
    setSettings(settled(wanted, catalogue));
    if (wanted.data === settings.data) return;
    setImage(image === undefined ? undefined : FIRST_IMAGE[wanted.data]);
    setOwn(own && { ...own, label: undefined }); // a class of one kind of image says nothing of another
  }, [settings.data, image, own]);
  const upload = useCallback(async (file: File) => {
    setReading(true);
    try {
      setOwn({ pixels: await pixelsOf(file), label: undefined });
      setRefused(undefined);
      setImage(undefined);
    } catch (error) {
      setRefused((error as Error).message);
    } finally {
      setReading(false);
    }
  }, []);

  const attacks = [...attack?.moments ?? []].filter(([, seen]) => seen.length > 0);
  const last = Math.min(...attacks.map(([, seen]) => seen.length - 1)), there = attacks.length > 0;
  const step = there ? Math.min(chosen ?? last, last) : 0, alone = attacks.length === 1;
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (step < last) setChosen(step + 1);
      else setPlaying(false);
    }, PACE);
    return () => clearTimeout(timer);
  }, [playing, step, last]);
  const play = () => {
    if (!playing && step >= last) setChosen(0);
    setPlaying(!playing);
  };

  const shown = attack?.question.settings ?? DEFAULTS, most = shown.attack === "fgs" ? 1 : shown.steps;
  const { classes } = catalogue[shown.data], said = failure ?? refused;
  return (
    <>
      <div class="stories" role="group" aria-label="Settings that tell the paper's story">
        {stories.map(({ name, settings: some }) => {
          const those = Object.entries(some),
            on = those.every(([key, value]) => settings[key as keyof Settings] === value);
          const wanted = { ...settings, ...some },
            isThere = settled(wanted, catalogue).defense === wanted.defense;
          return (
            <button
              key={name}
              type="button"
              aria-pressed={on}
              disabled={!isThere}
              onClick={() => change(wanted)}
            >
              {name}
            </button>
          );
        })}
      </div>
      <div class="explorer">
        <Controls
          {...{ collection, images, settings, image, own, change, upload }}
          choose={(image) => {
            setChosen(undefined);
            setImage(image);
          }}
          say={(label) => setOwn(own && { ...own, label })}
        />
        <div class="stage" aria-busy={busy}>
          <div class="card time">
            <p class="summary" role="status" aria-live="polite">
              {busy
                ? engine === undefined ? "Starting the engine and loading the network …" : "Attacking …"
                : attack && there && summary(attack, classes)}
            </p>
            {said && <p class="failure" role="alert">{said}</p>}
            <div class="steps-shown">
              <button type="button" class="play" onClick={play} disabled={!there}>
                {playing ? "Stop" : "Play"}
              </button>
              <label for="step">
                Step <b class="value">{step}</b> of {most}
              </label>
              <input
                id="step"
                type="range"
                min={0}
                max={most}
                value={step}
                disabled={!there}
                aria-valuetext={`step ${step} of ${most}`}
                onInput={({ currentTarget }) => {
                  setPlaying(false);
                  setChosen(Number(currentTarget.value));
                }}
              />
            </div>
            {attack && there && (
              <Chart
                moments={new Map(attacks)}
                label={attack.label}
                steps={most}
                step={step}
                choose={setChosen}
              />
            )}
          </div>
          {attack && there && (
            <>
              <div class={`panels ${alone ? "alone" : ""}`}>
                {attacks.map(([who, seen], index) => (
                  <Panel
                    key={who}
                    {...{ who, alone, index }}
                    moment={seen[step]!}
                    original={attack.question.image}
                    label={attack.label}
                    misread={likeliest(attack.clean) !== attack.label}
                    classes={classes}
                    epsilon={shown.epsilon}
                  />
                ))}
              </div>
              {alone && (
                <p class="hint">
                  Nothing rounds in this defense: an attacker with the exact gradient needs no second one
                  beside it.
                </p>
              )}
              {!alone && (
                <div class="whose" role="group" aria-label="Whose image the transform below is of">
                  {attacks.map(([who], index) => (
                    <button
                      key={who}
                      type="button"
                      aria-pressed={index === whose}
                      onClick={() => setWhose(index)}
                    >
                      {index === 0 ? "First attacker's image" : "Second attacker's image"}
                    </button>
                  ))}
                </div>
              )}
              <Spectrum
                moment={attacks[Math.min(whose, attacks.length - 1)]![1][step]!}
                q={shown.q}
                quantizes={shown.defense === "quantizer" || shown.defense.startsWith("gcln")}
                whose={nameOf(attacks[Math.min(whose, attacks.length - 1)]![0], alone)}
              />
            </>
          )}
          <p class="hint engine">{engine === undefined ? "" : `Computed here by the kit on ${engine}.`}</p>
        </div>
      </div>
    </>
  );
}

async function load(file: string): Promise<Response> {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`Cannot load ${file}: the server says ${response.status}`);
  return response;
}

/** Shows the page, or why it can't be shown. */
async function start(place: HTMLElement): Promise<void> {
  try {
    const [catalogue, bytes] = await Promise.all([
      load("catalogue.json").then((response) => response.json() as Promise<Catalogue>),
      load("images.bin").then((response) => response.arrayBuffer()),
    ]);
    let read = 0;
    const imagesOf = ({ labels }: Collection) =>
      labels.map(() =>
        Float32Array.from(new Uint8Array(bytes, PIXELS * read++, PIXELS), (value) => value / 255)
      );
    const images: Images = {
      "street-digits": imagesOf(catalogue["street-digits"]),
      "cifar10": imagesOf(catalogue.cifar10),
    };
    place.replaceChildren();
    render(<Explorer catalogue={catalogue} images={images} />, place);
  } catch (error) {
    place.textContent = location.protocol === "file:"
      ? "A page that is opened as a file may not load its networks. Serve the folder, with `python3 -m http.server` for one."
      : (error as Error).message;
  }
}

start(document.getElementById("explorer")!);
