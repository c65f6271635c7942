/**
 * The pair of features that a saliency map likes best: max (u_p + u_q) (v_p + v_q), both sums above 0.
 *
 * Exact without the matrix of all pairs. Both factors rise with each feature's u and v, so a feature loses nothing by
 * giving way to one that is no less in either; a feature to which two others are no less is in no best pair (one of the
 * two is not its partner already). What is left, the first two layers of the Pareto front and a few more, is about
 * (ln n)² of n features drawn at random, and all pairs of it are tried. Memory grows with n; the time with n², at worst,
 * where u rises as v falls.
 *
 * Of pairs that are equally good it is the first: the order of the features does not change by what is left out.
 *
 * @param u How much each feature moves the wanted logit.
 * @param v How much it moves the others, downwards.
 * @param open Whether a feature may be taken at all, 1 or 0.
 * @returns The two features, the first before the second; nothing where no pair has both sums above 0.
 */
export function salientPair(
  u: Float32Array,
  v: Float32Array,
  open: Uint8Array,
): { readonly p: number; readonly q: number; readonly score: number } | undefined {
  const rivals: number[] = [];
  for (let i = 0; i < u.length; i++) {
    if (open[i] === 1 && !isDominated(i, u, v, rivals)) rivals.push(i);
  }
  let best: { readonly p: number; readonly q: number; readonly score: number } | undefined;
  for (let a = 0; a < rivals.length; a++) {
    const p = rivals[a]!;
    for (let b = a + 1; b < rivals.length; b++) {
      const q = rivals[b]!, gain = u[p]! + u[q]!, loss = v[p]! + v[q]!, score = gain * loss;
      if (gain > 0 && score > (best?.score ?? 0)) best = { p, q, score };
    }
  }
  return best;
}

/** Whether two of the rivals, which all come before i, are no less than feature i in both. */
function isDominated(i: number, u: Float32Array, v: Float32Array, rivals: readonly number[]): boolean {
  const x = u[i]!, y = v[i]!;
  let above = 0;
  for (let r = 0; r < rivals.length; r++) {
    const rival = rivals[r]!;
    if (u[rival]! >= x && v[rival]! >= y && ++above === 2) return true;
  }
  return false;
}
