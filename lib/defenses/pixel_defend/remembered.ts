/** Grey levels of images, by the grey levels of the images that they were made from. */
export interface Remembered {
  /** What was made from this image, if it is still known. */
  find(image: Uint8Array): Uint8Array | undefined;
  /** Remembers what was made from an image; both are copied. */
  keep(image: Uint8Array, made: Uint8Array): void;
}

/**
 * A memory of so many images: those that were not asked for longest are forgotten.
 *
 * An attacker whose gradient is zero shows the same image at every step, and an evaluation shows an attack's last images
 * once more.
 */
export function remembered(most: number): Remembered {
  const known = new Map<number, { readonly image: Uint8Array; readonly made: Uint8Array }>();
  return {
    find(image) {
      const key = hashOf(image), found = known.get(key);
      if (found === undefined || !isSame(found.image, image)) return undefined;
      known.delete(key);
      known.set(key, found); // the last asked for is the last in line
      return found.made;
    },
    keep(image, made) {
      const key = hashOf(image);
      known.delete(key);
      known.set(key, { image: image.slice(), made: made.slice() });
      for (const oldest of known.keys()) {
        if (known.size <= most) break;
        known.delete(oldest);
      }
    },
  };
}

/** Two of FNV-1a's 32-bit hashes as one number of 53 bits. */
function hashOf(bytes: Uint8Array): number {
  let a = 0x811c9dc5, b = 0x9747b28c;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0x85ebca6b) ^ (b >>> 15);
  }
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) >>> 11);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
