/** At how many images an attacker's gradient is of no use, as shares in [0, 1]. */
export interface GradientShares {
  /** It is exactly zero everywhere. */
  readonly zero: number;
  /** It holds NaN or infinity. */
  readonly notFinite: number;
}
