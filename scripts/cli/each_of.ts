/**
 * Calls a function for every value, for some of them at the same time; they begin in their order.
 *
 * @param values What it is called for.
 * @param jobs How many calls run at the same time.
 */
export async function eachOf<A>(
  values: readonly A[],
  jobs: number,
  work: (value: A) => Promise<void>,
): Promise<void> {
  const waiting = [...values];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
