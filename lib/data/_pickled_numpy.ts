import {
  countOf,
  lastFastest,
  type NumberArray,
  sizeOf,
  typeCodes,
  valuesOf,
  type ValueType,
} from "./number_array.ts";

/** What a pickle may hold here. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | Callable
  | PickledType
  | PickledArray;

/** Makes the error of a pickle that is not as NumPy writes it. */
type Wrong = (what: string) => Error;

/** One of the functions and classes that a pickle may name; here it is what is made of its arguments. */
export interface Callable {
  readonly make: (args: readonly Pickled[], wrong: Wrong) => Pickled;
}

/** Whether a pickle may call it. */
export function isCallable(value: Pickled): value is Callable {
  return typeof value === "object" && value !== null && "make" in value;
}

/** NumPy's `dtype`. */
class PickledType {
  readonly type: ValueType;
  order: "little" | "big" = "little";

  constructor(type: ValueType) {
    this.type = type;
  }

  build(state: Pickled): void {
    if (Array.isArray(state) && textOf(state[1]) === ">") this.order = "big";
  }
}

/** NumPy's `ndarray`, empty until its state is set. */
export class PickledArray {
  #state: { type: PickledType; shape: number[]; content: Uint8Array; order: string } | undefined;

  build(state: Pickled, wrong: Wrong): void {
    if (!Array.isArray(state) || state.length !== 5) {
      throw wrong("it has an array in a form that is not known");
    }
    const [, shape, type, isFortran, content] = state;
    this.fill(content, type, shape, isFortran ? "F" : "C", wrong);
  }

  /** Takes bytes as the array's. */
  fill(
    content: Pickled | undefined,
    type: Pickled | undefined,
    shape: Pickled | undefined,
    order: string,
    wrong: Wrong,
  ): void {
    if (!(type instanceof PickledType) || !isShape(shape)) {
      throw wrong("it has an array without a type or a shape");
    }
    if (!(content instanceof Uint8Array)) throw wrong("it has an array whose numbers are not bytes");
    const wanted = countOf(shape) * sizeOf(type.type);
    if (content.length !== wanted) {
      throw wrong(
        `it has an array of ${content.length} bytes, ${shape.join(" × ")} of ${type.type} take ${wanted}`,
      );
    }
    this.#state = { type, shape, content, order };
  }

  /** The array, made when it is asked for; undefined where no state was set. */
  get array(): NumberArray | undefined {
    if (this.#state === undefined) return undefined;
    const { type: { type, order: byteOrder }, shape, content, order } = this.#state;
    const values = valuesOf(content, type, byteOrder);
    return { type, shape, data: order === "F" ? lastFastest(values, shape) : values };
  }
}

function isShape(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.length < 9 &&
    value.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);
}

/** Text, or a few bytes that may be text. */
export function textOf(value: Pickled | undefined): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array && value.length < 256 ? String.fromCharCode(...value) : undefined;
}

const ndarray: Callable = {
  make: (_, wrong) => {
    throw wrong("it makes an array in a form that is not known");
  },
};

const reconstruct: Callable = { make: () => new PickledArray() };

const fromBuffer: Callable = {
  make: ([content, type, shape, order], wrong) => {
    const array = new PickledArray();
    array.fill(content, type, shape, textOf(order) ?? "C", wrong);
    return array;
  },
};

const dtype: Callable = {
  make: ([name], wrong) => {
    const code = textOf(name), type = typeCodes.get((code ?? "").replace(/^[<>|=]/, ""));
    if (type === undefined) {
      throw wrong(`it has numbers of NumPy's type "${code ?? "?"}", which is not read here`);
    }
    const made = new PickledType(type);
    if (code!.startsWith(">")) made.order = "big";
    return made;
  },
};

const scalar: Callable = {
  make: ([type, content], wrong) => {
    const isOne = type instanceof PickledType && content instanceof Uint8Array &&
      content.length === sizeOf(type.type);
    if (!isOne) throw wrong("it has a number of NumPy's in a form that is not known");
    return Number(valuesOf(content, type.type, type.order)[0]);
  },
};

/** `_codecs.encode(text, "latin1")`: how protocols 0 to 2 write bytes. */
const encode: Callable = {
  make: ([text, encoding], wrong) => {
    const name = textOf(encoding)?.toLowerCase().replace(/[-_ ]/g, "");
    if (typeof text !== "string" || (name !== "latin1" && name !== "iso88591")) {
      throw wrong(`it encodes text as ${name ?? "?"}, latin1 is wanted`);
    }
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) throw wrong("it has bytes above 255");
      bytes[i] = code;
    }
    return bytes;
  },
};

const bytes: Callable = {
  make: (args, wrong) => {
    const [content, encoding] = args;
    if (args.length === 0) return new Uint8Array();
    if (content instanceof Uint8Array) return content;
    return encode.make([content!, encoding ?? "latin1"], wrong);
  },
};

const globals: ReadonlyMap<string, Callable> = new Map([
  ["numpy.ndarray", ndarray],
  ["numpy.dtype", dtype],
  ...["numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module): [string, Callable][] => [
    [`${module}._reconstruct`, reconstruct],
    [`${module}.scalar`, scalar],
  ]),
  ["numpy.core.numeric._frombuffer", fromBuffer],
  ["numpy._core.numeric._frombuffer", fromBuffer],
  ["_codecs.encode", encode],
  ...["__builtin__", "builtins"].flatMap((module): [string, Callable][] => [
    [`${module}.bytes`, bytes],
    [`${module}.bytearray`, bytes],
  ]),
]);

/** What a pickle means by a name such as `numpy.dtype`; undefined where it may not mean it. */
export function pickledGlobal(name: string): Callable | undefined {
  return globals.get(name);
}
