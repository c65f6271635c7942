/** The parts of an outcome that a seal covers. */
export interface Sealed {
  /** The number of the exercise. */
  readonly number: string;
  /** Whether the answer is right; null if there is none. */
  readonly right: boolean | null;
  /** What the student reads. */
  readonly message: string;
}

// What a notebook changes later does not reach these.
const { stringify } = JSON, subtle = globalThis.crypto.subtle, sign = subtle.sign.bind(subtle);

let key: CryptoKey | undefined;

/**
 * Makes {@linkcode exercise} seal what it shows, until the program ends. The grader calls it before a notebook's first cell,
 * so that it can tell what `exercise` has shown from what a student has written by hand.
 *
 * It is no lock: code in the same program can change the checks themselves. It shows the simple cases, an output that was
 * typed or copied.
 *
 * @param secret Any text that the notebook does not know.
 * @throws {Error} If there is a secret already.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exercise, hasSeal, sealOutcomes } from "@gcln/kit/course";
 *
 * await sealOutcomes("a secret");
 * const outcome = await exercise("1.1", 3);
 * assertEquals(await hasSeal(outcome, "a secret"), true);
 * assertEquals(await hasSeal({ ...outcome, right: true }, "a secret"), false);
 * ```
 */
export async function sealOutcomes(secret: string): Promise<void> {
  if (key !== undefined) throw new Error("Cannot seal outcomes with a second secret: there is one already");
  key = await keyOf(secret);
}

/** The seal of an outcome, in base64; undefined while no secret is set. */
export async function sealOf(outcome: Sealed): Promise<string | undefined> {
  return key === undefined ? undefined : await made(outcome, key);
}

/**
 * Whether an outcome bears the seal of this secret.
 *
 * @param outcome An outcome as a notebook has shown it.
 * @param secret The text that {@linkcode sealOutcomes} was given.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hasSeal } from "@gcln/kit/course";
 *
 * assertEquals(await hasSeal({ number: "1.1", right: true, message: "", seal: "typed" }, "a secret"), false);
 * ```
 */
export async function hasSeal(
  outcome: Sealed & { readonly seal?: string },
  secret: string,
): Promise<boolean> {
  return outcome.seal !== undefined && outcome.seal === await made(outcome, await keyOf(secret));
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

async function made({ number, right, message }: Sealed, key: CryptoKey): Promise<string> {
  const bytes = new TextEncoder().encode(stringify([number, right, message]));
  return new Uint8Array(await sign("HMAC", key, bytes)).toBase64();
}
