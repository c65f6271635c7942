import { assert } from "@std/assert";

/** The linear light of `#rrggbb`: red, green and blue in [0, 1]. */
function linear(colour: string): number[] {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
}

/** A colour as readers see it who lack one kind of cone (Viénot, Brettel & Mollon 1999), in CIE Lab. */
function seen(colour: string, lacking: "nothing" | "red" | "green"): number[] {
  const rgb = linear(colour);
  const times = (matrix: readonly number[][], v: readonly number[]) =>
    matrix.map((row) => row.reduce((sum, m, i) => sum + m * v[i]!, 0));
  const seen = {
    nothing: rgb,
    red: times([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]], rgb),
    green: times([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]], rgb),
  }[lacking];
  const xyz = times([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], seen);
  const [x, y, z] = xyz.map((v, i) => v / [0.9505, 1, 1.089][i]!)
    .map((v) => v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Asserts that any two colours differ by more than `least` in CIE Lab, for readers who lack red or green cones too. */
export function assertApart(colours: readonly string[], least: number): void {
  for (const lacking of ["nothing", "red", "green"] as const) {
    for (const [i, a] of colours.entries()) {
      for (const b of colours.slice(i + 1)) {
        const one = seen(a, lacking), other = seen(b, lacking);
        const distance = Math.hypot(...one.map((v, k) => v - other[k]!));
        assert(distance > least, `${a} and ${b} are ${distance.toFixed(1)} apart without ${lacking}`);
      }
    }
  }
}

/** The contrast of two colours by WCAG: 1 to 21. */
export function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = linear(colour) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
