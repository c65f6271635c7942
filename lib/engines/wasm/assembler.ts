/**
 * Just enough of an assembler for WebAssembly: functions of 32-bit integers (sizes and addresses) that compute with
 * vectors of four floats. A piece of code is the list of its bytes; what takes pieces puts them together in postfix order.
 */

/** The bytes of an expression or of a statement. */
export type Code = readonly number[];

/** The number of a local variable within its function. */
export type Local = number & { readonly local: unique symbol };

const INT = 0x7f, VECTOR = 0x7b;
const SIMD = 0xfd;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const last = (value === 0 && !(low & 0x40)) || (value === -1 && !!(low & 0x40));
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const simd = (opcode: number): number[] => [SIMD, ...unsigned(opcode)];
const at = (offset: number): number[] => [0, ...unsigned(offset)];
const binary = (...opcode: readonly number[]) => (a: Code, b: Code): Code => [...a, ...b, ...opcode];

/** One after the other. */
export const block = (...statements: readonly Code[]): Code => statements.flat();

/** The value of a local variable. */
export const get = (local: Local): Code => [0x20, ...unsigned(local)];

/** Gives a local variable a value. */
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local)];

/** Runs the statements if the condition is not 0. */
export const when = (condition: Code, ...statements: readonly Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...statements.flat(),
  0x0b,
];

/** Runs one statement or the other. */
export const choose = (condition: Code, yes: Code, no: Code): Code => [
  ...condition,
  0x04,
  0x40,
  ...yes,
  0x05,
  ...no,
  0x0b,
];

/** Runs the statements at least once, and again as long as the condition that they end in is not 0. */
export const repeat = (condition: Code, ...statements: readonly Code[]): Code => [
  0x03,
  0x40,
  ...statements.flat(),
  ...condition,
  0x0d,
  0,
  0x0b,
];

/** Integers. */
export const int = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  and: binary(0x71),
  less: binary(0x49),
  equal: binary(0x46),
  load: (address: Code): Code => [...address, 0x28, ...at(0)],
  store: (address: Code, value: Code): Code => [...address, ...value, 0x36, ...at(0)],
};

/** Whole stretches of memory, in bytes. */
export const memory = {
  copy: (to: Code, from: Code, bytes: Code): Code => [...to, ...from, ...bytes, 0xfc, 0x0a, 0, 0],
  /** Fills it with zeros. */
  clear: (to: Code, bytes: Code): Code => [...to, ...int.constant(0), ...bytes, 0xfc, 0x0b, 0],
};

/** Vectors of four floats. */
export const vector = {
  /** Four times the same number. */
  constant: (value: number): Code => {
    const bytes = new Uint8Array(new Float32Array(4).fill(value).buffer);
    return [...simd(0x0c), ...bytes];
  },
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00), ...at(offset)],
  /** One float, four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(0x09), ...at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(0x0b),
    ...at(offset),
  ],
  /** A vector with another float in one lane. */
  loadLane: (address: Code, value: Code, lane: number): Code => [
    ...address,
    ...value,
    ...simd(0x56),
    ...at(0),
    lane,
  ],
  /** The float of one lane. */
  storeLane: (address: Code, value: Code, lane: number, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(0x5a),
    ...at(offset),
    lane,
  ],
  /** All bits set. */
  ones: [...simd(0x0c), ...Array<number>(16).fill(0xff)] as Code,
  /** 1 where any bit is set, else 0. */
  any: (a: Code): Code => [...a, ...simd(0x53)],
  and: binary(...simd(0x4e)),
  or: binary(...simd(0x50)),
  equal: binary(...simd(0x41)),
  different: binary(...simd(0x42)),
  less: binary(...simd(0x43)),
  greater: binary(...simd(0x44)),
  add: binary(...simd(0xe4)),
  subtract: binary(...simd(0xe5)),
  multiply: binary(...simd(0xe6)),
  divide: binary(...simd(0xe7)),
  /** All bits of the lanes whose bits are all set. */
  whole: (a: Code): Code => [...a, ...vector.ones, ...simd(0x37)],
  /** The halves of all lanes, of lanes whose bits are all the same; and the halves of the halves. */
  halves: binary(...simd(0x85)),
  bytes: binary(...simd(0x65)),
  /** b where a < b, else a. */
  larger: binary(...simd(0xeb)),
  /** b where b < a, else a. */
  smaller: binary(...simd(0xea)),
  /** a b + c, rounded once, where the engine has relaxed SIMD. */
  fused: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)],
};

/** A function under construction: its parameters, then the variables that are declared on the way. */
class Scope {
  readonly #types: number[] = [];
  readonly #constants = new Map<number, Local>();
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  #declare(type: number): Local {
    this.#types.push(type);
    return (this.#parameters + this.#types.length - 1) as Local;
  }

  /** A new integer. */
  int(): Local {
    return this.#declare(INT);
  }

  /** A new vector. */
  vector(): Local {
    return this.#declare(VECTOR);
  }

  /** So many new vectors. */
  vectors(count: number): Local[] {
    return Array.from({ length: count }, () => this.vector());
  }

  /** Four times the same number, kept in a variable: else it is put together anew in each turn of a loop. */
  constant(value: number): Code {
    const known = this.#constants.get(value) ?? this.vector();
    this.#constants.set(value, known);
    return get(known);
  }

  /** Gives the constants their values. */
  get start(): Code {
    return block(...[...this.#constants].map(([value, local]) => set(local, vector.constant(value))));
  }

  /** The bytes of the declarations. */
  get declarations(): number[] {
    return [...unsigned(this.#types.length), ...this.#types.flatMap((type) => [1, type])];
  }
}

export type { Scope };

/** A function of integers, with an integer for a result or none. */
export interface Definition {
  /** How many integers it takes. */
  readonly parameters: number;
  readonly returns: boolean;
  /** The bytes of its body, and of the declarations of its variables before that. */
  readonly body: Code;
}

/**
 * Defines a function by the names of its parameters, and by its body, given variables for them and a scope for more. One
 * that `returns` ends in an expression.
 */
export function define<const Name extends string>(
  parameters: readonly Name[],
  body: (parameters: Readonly<Record<Name, Local>>, scope: Scope) => Code,
  returns?: "returns",
): Definition {
  const scope = new Scope(parameters.length);
  const named = Object.fromEntries(parameters.map((name, i) => [name, i])) as Record<Name, Local>;
  const code = body(named, scope);
  return {
    parameters: parameters.length,
    returns: returns !== undefined,
    body: [...scope.declarations, ...scope.start, ...code, 0x0b],
  };
}

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];
const list = (
  items: readonly (readonly number[])[],
): number[] => [...unsigned(items.length), ...items.flat()];
const text = (value: string): number[] => list([...new TextEncoder().encode(value)].map((byte) => [byte]));

/** A memory without an upper bound of its own: 4 GiB. */
const MOST_PAGES = 65536;

/**
 * The bytes of a module with these functions, over an imported memory `env.memory`.
 *
 * @param functions By the names under which they are exported.
 * @param shared Whether the memory is shared between threads.
 */
export function assemble(
  functions: Readonly<Record<string, Definition>>,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const definitions = Object.values(functions);
  const bodies = definitions.map(({ body }) => [...unsigned(body.length), ...body]);
  const ints = (count: number): number[] => list(Array(count).fill([INT]));
  const types = definitions.map((
    { parameters, returns },
  ) => [0x60, ...ints(parameters), ...ints(returns ? 1 : 0)]);
  const limits = shared ? [3, 0, ...unsigned(MOST_PAGES)] : [0, 0];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text("env"), ...text("memory"), 2, ...limits]])),
    ...section(3, list(definitions.map((_, i) => unsigned(i)))),
    ...section(7, list(Object.keys(functions).map((name, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}
