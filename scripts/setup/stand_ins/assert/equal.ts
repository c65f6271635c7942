/** Whether two values are equal as `@std/assert` has it: of the same shape and class, and 0 is −0, NaN is NaN. */
export function equal(a: unknown, b: unknown): boolean {
  return isSame(a, b, new Map());
}

function isSame(a: unknown, b: unknown, seen: Map<object, object>): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (classOf(a) !== classOf(b)) return false;
  if (seen.get(a) === b) return true; // a circle
  seen.set(a, b);
  const same = (a: unknown, b: unknown) => isSame(a, b, seen);

  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (a instanceof TypedArray) return isSameSequence(a as TypedArray, b as TypedArray);
  if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  if (a instanceof Set) return isSameSet([...a], [...b as Set<unknown>], same);
  if (a instanceof Map) return isSameSet([...a], [...b as Map<unknown, unknown>], same);
  return isSameRecord(a, b, same);
}

/** An object without a prototype is one like any other. */
function classOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

type TypedArray = ArrayLike<number | bigint>;
const TypedArray = Object.getPrototypeOf(Uint8Array);

function isSameSequence(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  return true;
}

type Comparison = (a: unknown, b: unknown) => boolean;

/** Whether each item of one has one of its own in the other, in any order. */
function isSameSet(a: readonly unknown[], b: readonly unknown[], same: Comparison): boolean {
  const left = [...b];
  return a.length === b.length && a.every((item) => {
    const found = left.findIndex((other) => same(item, other));
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}

/** Whether both have the same keys with the same values: arrays and objects. */
function isSameRecord(a: object, b: object, same: Comparison): boolean {
  const keys = Reflect.ownKeys(a);
  return keys.length === Reflect.ownKeys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key as keyof typeof a], b[key as keyof typeof b]));
}
