import type { ComponentChildren } from "preact";
import { Pixels } from "./picture.tsx";
import {
  type AttackerName,
  attackers,
  type AttackName,
  attackNames,
  type Collection,
  type DataName,
  datasets,
  type DefenseName,
  defenses,
  defensesOf,
  ranges,
  type Settings,
  stepsOf,
} from "./settings.ts";

/** The titles of the attacks, and what each does. */
const attackWords: Readonly<Record<AttackName, readonly [title: string, does: string]>> = {
  fgs: ["FGS", "One step of size ε."],
  bim: ["BIM", "Steps of ε / 4 from the image itself."],
  pgd: ["PGD", "Steps of ε / 4 from a random start in the ball."],
  momentum: ["MI-FGSM", "BIM along the mean of the gradients so far."],
  apgd: ["APGD", "Step sizes that follow its success; shows the best so far."],
  noise: ["Random noise", "No gradient at all, for comparison: the worst of many draws."],
};

const defenseWords: Readonly<Record<DefenseName, string>> = {
  "none": "The classifier as it is.",
  "quantizer": "Rounds the cosine transform of the image, and no network after it.",
  "gcln": "Rounds the cosine transform, then a network cleans the image.",
  "gcln-adaptive": "The same, but trained on attacks that differentiate through it.",
  "adversarial": "Another classifier, trained on attacked images. Nothing rounds.",
};

/** Words about each kind of image: about those of the page, about a reader's own, and about the defenses. */
const dataWords: Readonly<Record<DataName, { title: string; hint: string; alone: string }>> = {
  "street-digits": {
    title: "Street digits, painted by the kit",
    hint: "The network knows digits only.",
    alone: "",
  },
  "cifar10": {
    title: "Photos that are free for all",
    hint: "The network knows ten classes, from airplane to truck, and calls anything one of them.",
    alone: "For photos, the page has no GCLN and no adversarial training.",
  },
};

/** Settings that tell the story of the paper, in the order in which it is understood. */
export const stories: readonly { readonly name: string; readonly settings: Partial<Settings> }[] = [
  { name: "1. No defense", settings: { defense: "none", attack: "pgd", epsilon: 8, steps: 10 } },
  {
    name: "2. The paper's defense",
    settings: { defense: "gcln", q: 10, attack: "pgd", epsilon: 8, steps: 10, attacker: "straight-through" },
  },
  {
    name: "3. Rounding alone",
    settings: {
      defense: "quantizer",
      q: 10,
      attack: "bim",
      epsilon: 8,
      steps: 10,
      attacker: "straight-through",
    },
  },
  {
    name: "4. Adversarial training",
    settings: { defense: "adversarial", attack: "pgd", epsilon: 8, steps: 10 },
  },
];

/** A control with its name and words about it. */
function Field({ name, title, hint, children }: {
  name: string;
  title: ComponentChildren;
  hint?: string | undefined;
  children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={name}>{title}</label>
      {children}
      {hint && <p class="hint" id={`${name}-hint`}>{hint}</p>}
    </div>
  );
}

function Range({ name, title, value, unit, change, disabled, hint }: {
  name: keyof typeof ranges;
  title: string;
  value: number;
  unit: string;
  change: (value: number) => void;
  disabled?: boolean;
  hint?: string;
}) {
  const { least, most, step } = ranges[name];
  return (
    <Field
      name={name}
      title={
        <>
          {title} <b class="value">{value}{unit}</b>
        </>
      }
      hint={hint}
    >
      <input
        id={name}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        disabled={disabled ?? false}
        aria-valuetext={`${value}${unit}`}
        onInput={({ currentTarget }) => change(Number(currentTarget.value))}
      />
    </Field>
  );
}

/** What {@linkcode Controls} is given. */
export interface ControlsProps {
  /** The networks and images of the kind that is chosen. */
  readonly collection: Collection;
  readonly images: readonly Float32Array[];
  readonly settings: Settings;
  /** Which of the page's images is shown; undefined: the reader's own. */
  readonly image: number | undefined;
  /** The reader's own image, and the class that she says it has. */
  readonly own: { readonly pixels: Float32Array; readonly label: number | undefined } | undefined;
  readonly change: (settings: Settings) => void;
  readonly choose: (image: number | undefined) => void;
  readonly upload: (file: File) => void;
  readonly say: (label: number | undefined) => void;
}

/** Everything that a reader can choose. */
export function Controls(props: ControlsProps) {
  const { collection, images, settings, image, own, change, choose, upload, say } = props;
  const { defense, q, attack, epsilon, steps, attacker } = settings, choices = stepsOf(defense, collection);
  const set = (some: Partial<Settings>) => change({ ...settings, ...some });
  const { title, hint, alone } = dataWords[settings.data], known = defensesOf(collection);
  const cleans = defense === "quantizer" || defense.startsWith("gcln");
  return (
    <form class="controls" aria-label="Choices" onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>Image</legend>
        <Field name="data" title="What the classifier reads">
          <select
            id="data"
            value={settings.data}
            onChange={({ currentTarget }) => set({ data: currentTarget.value as DataName })}
          >
            {Object.entries(datasets).map(([name, title]) => <option key={name} value={name}>{title}
            </option>)}
          </select>
        </Field>
        <div class="thumbnails" role="radiogroup" aria-label={title}>
          {images.map((pixels, i) => (
            <label key={i} class="thumbnail">
              <input type="radio" name="image" checked={i === image} onChange={() => choose(i)} />
              <Pixels pixels={pixels} label={collection.names[i]!} />
            </label>
          ))}
          {own && (
            <label class="thumbnail">
              <input
                type="radio"
                name="image"
                checked={image === undefined}
                onChange={() => choose(undefined)}
              />
              <Pixels pixels={own.pixels} label="Your own image" />
            </label>
          )}
        </div>
        {collection.sources && image !== undefined && <p class="hint">{collection.sources[image]}</p>}
        <Field
          name="own"
          title="Your own picture"
          hint={`Its middle square becomes 32 × 32 pixels. It stays in this browser. ${hint}`}
        >
          <input
            id="own"
            type="file"
            accept="image/*"
            aria-describedby="own-hint"
            onChange={({ currentTarget: { files } }) => files?.[0] && upload(files[0])}
          />
        </Field>
        {image === undefined && own && (
          <Field name="label" title="True class of your picture">
            <select
              id="label"
              value={own.label ?? ""}
              onChange={({ currentTarget: { value } }) => say(value === "" ? undefined : Number(value))}
            >
              <option value="">what the undefended network reads</option>
              {collection.classes.map((name, i) => <option key={name} value={i}>{name}</option>)}
            </select>
          </Field>
        )}
      </fieldset>
      <fieldset>
        <legend>Defense</legend>
        <Field
          name="defense"
          title="What protects the classifier"
          hint={[defenseWords[defense], alone].join(" ")}
        >
          <select
            id="defense"
            value={defense}
            aria-describedby="defense-hint"
            onChange={({ currentTarget }) => set({ defense: currentTarget.value as DefenseName })}
          >
            {known.map((name) => <option key={name} value={name}>{defenses[name]}</option>)}
          </select>
        </Field>
        {choices
          ? (
            <Field
              name="q"
              title="Quantization step q"
              hint={choices.length > 1
                ? "The kit ships a trained network for each of these."
                : "There is one such network."}
            >
              <select
                id="q"
                value={q}
                aria-describedby="q-hint"
                onChange={({ currentTarget }) => set({ q: Number(currentTarget.value) })}
              >
                {choices.map((q) => <option key={q} value={q}>{q}/255</option>)}
              </select>
            </Field>
          )
          : <Range name="q" title="Quantization step q" value={q} unit="/255" change={(q) => set({ q })} />}
      </fieldset>
      <fieldset>
        <legend>Attack</legend>
        <Field name="attack" title="Method" hint={attackWords[attack][1]}>
          <select
            id="attack"
            value={attack}
            aria-describedby="attack-hint"
            onChange={({ currentTarget }) => set({ attack: currentTarget.value as AttackName })}
          >
            {attackNames.map((name) => <option key={name} value={name}>{attackWords[name][0]}</option>)}
          </select>
        </Field>
        <Range
          name="epsilon"
          title="ε, the most that a pixel may change"
          value={epsilon}
          unit="/255"
          change={(epsilon) => set({ epsilon })}
        />
        <Range
          name="steps"
          title={attack === "noise" ? "Draws" : "Steps"}
          value={attack === "fgs" ? 1 : steps}
          unit=""
          disabled={attack === "fgs"}
          change={(steps) => set({ steps })}
        />
        <Field name="attacker" title="The second attacker's gradient">
          <select
            id="attacker"
            value={attacker}
            disabled={!cleans}
            onChange={({ currentTarget }) => set({ attacker: currentTarget.value as AttackerName })}
          >
            {Object.entries(attackers).map(([name, title]) => <option key={name} value={name}>{title}
            </option>)}
          </select>
        </Field>
      </fieldset>
    </form>
  );
}
