/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {
  readonly [name: string]: JsonValue;
};
