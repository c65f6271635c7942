/** A linear rule that tells two kinds of points apart. */
export interface LogisticRule {
  /** What is taken from each feature, and what it is then divided by. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** What each feature counts, and what is added: above 0 the second kind is likelier. */
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Steps of Newton's method, which needs few; how strongly weights are held back, for each point. */
const STEPS = 25, PENALTY = 1e-3;

/**
 * Logistic regression with an L2 penalty, by Newton's method on features of mean 0 and deviation 1.
 *
 * @param points The features of each point.
 * @param kinds Whether each is of the second kind.
 */
export function logisticRegression(
  points: readonly (readonly number[])[],
  kinds: readonly boolean[],
): LogisticRule {
  const features = points[0]!.length, each = Array.from({ length: features }, (_, j) => j);
  const mean = each.map((j) => meanOf(points.map((point) => point[j]!)));
  const deviation = each.map((j) =>
    Math.sqrt(meanOf(points.map((point) => (point[j]! - mean[j]!) ** 2))) || 1
  );
  const rows = points.map((point) => [...each.map((j) => (point[j]! - mean[j]!) / deviation[j]!), 1]);
  let weights = new Array<number>(features + 1).fill(0);
  for (let step = 0; step < STEPS; step++) {
    const slope = weights.map((weight, j) => j < features ? -PENALTY * rows.length * weight : 0);
    const curve = weights.map((_, j) => weights.map((_, i) => i === j ? PENALTY * rows.length : 0));
    for (const [n, row] of rows.entries()) {
      const share = 1 / (1 + Math.exp(-row.reduce((sum, value, j) => sum + value * weights[j]!, 0)));
      const error = Number(kinds[n]!) - share, spread = share * (1 - share);
      row.forEach((value, j) => {
        slope[j]! += error * value;
        row.forEach((other, i) => curve[j]![i]! += spread * value * other);
      });
    }
    const move = solved(curve, slope);
    weights = weights.map((weight, j) => weight + move[j]!);
  }
  return { mean, deviation, weights: weights.slice(0, features), bias: weights[features]! };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The solution x of A x = b for a positive definite A, by elimination. */
function solved(matrix: readonly (readonly number[])[], wanted: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, wanted[i]!]), size = rows.length;
  for (let j = 0; j < size; j++) {
    for (let i = j + 1; i < size; i++) {
      const share = rows[i]![j]! / rows[j]![j]!;
      rows[i] = rows[i]!.map((value, k) => value - share * rows[j]![k]!);
    }
  }
  const x = new Array<number>(size).fill(0);
  for (let j = size - 1; j >= 0; j--) {
    const known = x.reduce((sum, value, k) => sum + (k > j ? value * rows[j]![k]! : 0), 0);
    x[j] = (rows[j]![size]! - known) / rows[j]![j]!;
  }
  return x;
}
