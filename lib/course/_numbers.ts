import { tf } from "../tensor/mod.ts";

/** The numbers of what a student's function returned: of a tensor, a list or a single number; undefined for all else. */
export function numbersOf(value: unknown): readonly number[] | undefined {
  const found = value instanceof tf.Tensor ? [...value.dataSync()] : [value].flat(Infinity);
  return found.every((each) => typeof each === "number") ? found as number[] : undefined;
}

/** Whether numbers are as many as others and agree with them up to rounding, one by one. */
export function agree(some: unknown, wanted: unknown): boolean {
  const found = numbersOf(some), others = numbersOf(wanted);
  if (found === undefined || others === undefined || found.length !== others.length) return false;
  return found.every((each, i) => Math.abs(each - others[i]!) <= 1e-4 * Math.max(1, Math.abs(others[i]!)));
}
