/** How far from its centre a distribution keeps a given share of itself. */

/** The standard normal distribution's Φ(z) − 1/2, by its power series; exact to 1e-9 for |z| < 6. */
function normalFromZero(z: number): number {
  let term = z, sum = z;
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= -z * z / (2 * k);
    sum += term / (2 * k + 1);
    if (k > 200) break;
  }
  return sum / Math.sqrt(2 * Math.PI);
}

/** The z that the standard normal stays within, up to sign, with this probability. */
export function deviations(level: number): number {
  let low = 0, high = 6;
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (2 * normalFromZero(middle) < level) low = middle;
    else high = middle;
  }
  return low;
}

/** ∫ cos^power over [0, end], by Simpson's rule. */
function cosines(power: number, end: number): number {
  const parts = 2000, width = end / parts;
  let sum = 0;
  for (let i = 0; i <= parts; i++) {
    const weight = i === 0 || i === parts ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.cos(i * width) ** power;
  }
  return sum * width / 3;
}

/**
 * The t that Student's distribution stays within, up to sign, with this probability: with t = √ν tan θ its density is
 * proportional to cos^(ν − 1) θ.
 */
export function studentDeviations(level: number, freedom: number): number {
  const all = cosines(freedom - 1, Math.PI / 2);
  let low = 0, high = Math.PI / 2;
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (cosines(freedom - 1, middle) < level * all) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}
