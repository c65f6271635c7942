import { checkSettings, count } from "../kinds/mod.ts";
import type { Classifier, Passes } from "../tensor/mod.ts";

/** The result of an attack on a batch, and what that cost. */
export interface KeptWork {
  /** As float32, so that nothing is lost. */
  readonly values: Float32Array;
  /** Passes of one image through a classifier, when it was made. */
  readonly passes: Passes;
  /** Wall-clock time, when it was made. */
  readonly seconds: number;
}

/** Attacked images of a run, which can be shown to other victims too: see {@linkcode keptAttacks}. */
export interface KeptAttacks {
  /** How many bytes are held. */
  readonly bytes: number;
  /** The work that was kept for this classifier under this key. */
  find(surrogate: Classifier, key: string): KeptWork | undefined;
  /** Keeps work. Where there is no room, the work that was not asked for longest is freed. */
  keep(surrogate: Classifier, key: string, work: KeptWork): void;
  /** Frees the work on this classifier, which will not be attacked again. */
  forget(surrogate: Classifier): void;
}

/** Fields of {@linkcode keptAttacks}. */
export interface KeptAttacksOptions {
  /** How many bytes are held at most. Default 1 GiB: eight attacks on 10 000 images of 32 × 32 × 3. */
  readonly most?: number;
}

/**
 * A store for the attacked images of one run: an attack that several measurements need is made once.
 *
 * An oblivious attack is the same for every defense, and so is one made on a substitute: `measure` then only scores its
 * images. What determines them is their key: the classifier that is differentiated (the very object, which has to be
 * `frozen`, as others may change or draw random numbers), the attack, its seed, and the images. Attacks that ask the
 * victim (`square`, `strongest`, `stop: "on success"`, …) are made anew each time.
 *
 * @param options How much is held.
 * @throws {RangeError} Where that is no whole number of at least 0.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { keptAttacks, measure } from "@gcln/kit/evaluation";
 * import { frozen, type Images, type Logits, passes, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 20 }), kept = keptAttacks();
 * const classifier = frozen((images: Images) => images.reshape([-1, 3072]).slice([0, 0], [-1, 10]) as Logits);
 * const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 } as const;
 * await measure(classifier, data, { attack, seed: 1, kept });
 * const before = passes().backward, defended = (images: Images) => classifier(images.round());
 * await measure(defended, data, { surrogate: classifier, attack, seed: 1, kept });
 * assertEquals(passes().backward, before); // only scored
 * ```
 */
export function keptAttacks(options: KeptAttacksOptions = {}): KeptAttacks {
  checkSettings("keptAttacks", { most: count({ default: 2 ** 30 }) }, options);
  const { most = 2 ** 30 } = options;
  const held = new Map<string, { readonly surrogate: Classifier; readonly work: KeptWork }>();
  const numbers = new WeakMap<Classifier, number>();
  let bytes = 0, known = 0;
  const nameOf = (surrogate: Classifier, key: string): string => {
    if (!numbers.has(surrogate)) numbers.set(surrogate, known++);
    return `${numbers.get(surrogate)} ${key}`;
  };
  const drop = (name: string) => {
    bytes -= held.get(name)?.work.values.byteLength ?? 0;
    held.delete(name);
  };
  return {
    get bytes() {
      return bytes;
    },
    find(surrogate, key) {
      const name = nameOf(surrogate, key), found = held.get(name);
      if (found === undefined) return undefined;
      held.delete(name);
      held.set(name, found); // the last asked for is the last in line
      return found.work;
    },
    keep(surrogate, key, work) {
      const name = nameOf(surrogate, key);
      drop(name);
      held.set(name, { surrogate, work });
      bytes += work.values.byteLength;
      for (const oldest of held.keys()) {
        if (bytes <= most) break;
        drop(oldest);
      }
    },
    forget(surrogate) {
      for (const [name, { surrogate: whose }] of [...held]) if (whose === surrogate) drop(name);
    },
  };
}
