import { unusable } from "./_files.ts";
import { isCallable, type Pickled, pickledGlobal, textOf } from "./_pickled_numpy.ts";

/** Opcodes that make or fetch what is no plain data. */
const refused: Readonly<Record<number, string>> = {
  0x50: "PERSID",
  0x51: "BINPERSID",
  0x69: "INST",
  0x6f: "OBJ",
  0x81: "NEWOBJ",
  0x82: "EXT1",
  0x83: "EXT2",
  0x84: "EXT4",
  0x8f: "EMPTY_SET",
  0x90: "ADDITEMS",
  0x91: "FROZENSET",
  0x92: "NEWOBJ_EX",
  0x97: "NEXT_BUFFER",
  0x98: "READONLY_BUFFER",
};

/** Where a list, tuple or dictionary begins on the stack. */
const MARK = Symbol("mark");

/**
 * What a pickle of plain data and NumPy arrays holds, protocols 0 to 5.
 *
 * Python runs a pickle as a program that may call anything. This reader calls nothing: it knows numbers, text, bytes,
 * lists, tuples, dictionaries and what NumPy writes of its arrays, and refuses all else by its name.
 *
 * Source: Python's `Lib/pickletools.py`, which tells what each opcode does.
 *
 * @param bytes The file.
 * @param path Its name, for errors.
 * @returns Lists and tuples as arrays, dictionaries as maps, both kinds of Python's strings of bytes as bytes.
 */
export function readPickle(bytes: Uint8Array, path: string): Pickled {
  const wrong = (what: string) => unusable(path, `as a pickle, ${what}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: (Pickled | typeof MARK)[] = [], memo = new Map<number, Pickled>();
  let at = 0, copied = 0;

  /** The position of the next n bytes, which are then behind us. */
  const skip = (n: number): number => {
    if (n > bytes.length - at) throw wrong(`it ends too early, after ${bytes.length} bytes`);
    return (at += n) - n;
  };
  const take = (n: number): Uint8Array => bytes.subarray(skip(n), at);
  const uint = (size: 1 | 2 | 4 | 8): number => {
    const from = skip(size);
    if (size === 8) return Number(view.getBigUint64(from, true));
    return size === 1
      ? view.getUint8(from)
      : size === 2
      ? view.getUint16(from, true)
      : view.getUint32(from, true);
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw wrong("it ends within a line");
    const text = latin1(bytes.subarray(at, end));
    at = end + 1;
    return text;
  };
  const number = (text: string): number => {
    const value = Number(text.replace(/L$/, ""));
    if (text.trim() === "" || Number.isNaN(value)) throw wrong(`it has "${text.slice(0, 20)}" for a number`);
    return value;
  };
  const utf8 = (data: Uint8Array): string => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(data);
    } catch {
      throw wrong("it has text that is not UTF-8");
    }
  };

  const pop = (): Pickled => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw wrong("it takes what it has not given");
    return value as Pickled;
  };
  const sinceMark = (): Pickled[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw wrong("it ends a list that it has not begun");
    return stack.splice(from).slice(1) as Pickled[];
  };
  const top = (): Pickled => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const append = (values: readonly Pickled[]) => {
    const list = top();
    if (!Array.isArray(list)) throw wrong("it adds to a list that is none");
    for (const value of values) list.push(value);
  };
  const set = (pairs: readonly Pickled[], into: Pickled) => {
    if (!(into instanceof Map) || pairs.length % 2 !== 0) throw wrong("it adds to a dictionary that is none");
    for (let i = 0; i < pairs.length; i += 2) {
      into.set(textOf(pairs[i]) ?? pairs[i]!, pairs[i + 1]!);
    }
    return into;
  };
  const recall = (key: number) => {
    const value = memo.get(key);
    if (value === undefined) throw wrong(`it recalls what it has not kept, number ${key}`);
    stack.push(value);
  };
  const findGlobal = (module: string, name: string) => {
    const found = pickledGlobal(`${module}.${name}`);
    if (found === undefined) {
      throw wrong(`it wants ${module}.${name}, which is no plain data and is not run here`);
    }
    stack.push(found);
  };
  const reduce = () => {
    const args = pop(), called = pop();
    if (!isCallable(called) || !Array.isArray(args)) throw wrong("it calls what can't be called");
    const made = called.make(args, wrong);
    // Text may be turned into bytes again and again: no more of it than a file of this size could hold.
    if (made instanceof Uint8Array) copied += made.length;
    if (copied > 2 * bytes.length) throw wrong("it makes more bytes than it holds");
    stack.push(made);
  };
  const build = () => {
    const state = pop(), built = top();
    if (typeof built !== "object" || built === null || !("build" in built)) {
      throw wrong("it sets the state of what has none");
    }
    built.build(state, wrong);
  };

  for (;;) {
    const opcode = uint(1);
    switch (opcode) {
      case 0x2e: { // STOP
        const value = pop();
        if (stack.length > 0) throw wrong("it ends with more than one value");
        return value;
      }
      case 0x80: { // PROTO
        const protocol = uint(1);
        if (protocol > 5) throw wrong(`it is of protocol ${protocol}, 0 to 5 are read`);
        break;
      }
      case 0x95: // FRAME
        skip(8);
        break;
      case 0x28:
        stack.push(MARK);
        break;
      case 0x30: // POP
        if (stack.pop() === undefined) throw wrong("it takes what it has not given");
        break;
      case 0x31: // POP_MARK
        sinceMark();
        break;
      case 0x32: // DUP
        stack.push(top());
        break;

      case 0x4e:
        stack.push(null);
        break;
      case 0x88:
        stack.push(true);
        break;
      case 0x89:
        stack.push(false);
        break;
      case 0x49: { // INT, and how protocol 0 writes true and false
        const text = line();
        stack.push(text === "01" ? true : text === "00" ? false : number(text));
        break;
      }
      case 0x4c: // LONG
      case 0x46: // FLOAT
        stack.push(number(line()));
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(skip(4), true));
        break;
      case 0x4b: // BININT1
        stack.push(uint(1));
        break;
      case 0x4d: // BININT2
        stack.push(uint(2));
        break;
      case 0x8a: // LONG1
      case 0x8b: { // LONG4
        const digits = take(uint(opcode === 0x8a ? 1 : 4));
        if (digits.length > 8) throw wrong(`it has an integer of ${digits.length} bytes, at most 8 are read`);
        stack.push(signed(digits));
        break;
      }
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(skip(8)));
        break;

      case 0x53: // STRING
        stack.push(quoted(line(), wrong));
        break;
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        stack.push(take(uint(4)));
        break;
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
        stack.push(take(uint(1)));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(take(uint(8)));
        break;
      case 0x56: // UNICODE
        stack.push(rawUnicode(line()));
        break;
      case 0x58: // BINUNICODE
        stack.push(utf8(take(uint(4))));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(utf8(take(uint(1))));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(utf8(take(uint(8))));
        break;

      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        break;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        stack.push(sinceMark());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(Array.from({ length: opcode - 0x84 }, pop).reverse());
        break;
      case 0x61: // APPEND
        append([pop()]);
        break;
      case 0x65: // APPENDS
        append(sinceMark());
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x64: // DICT
        stack.push(set(sinceMark(), new Map()));
        break;
      case 0x73: { // SETITEM
        const value = pop(), key = pop();
        set([key, value], top());
        break;
      }
      case 0x75: // SETITEMS
        set(sinceMark(), top());
        break;

      case 0x70: // PUT
        memo.set(number(line()), top());
        break;
      case 0x71: // BINPUT
        memo.set(uint(1), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(uint(4), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x67: // GET
        recall(number(line()));
        break;
      case 0x68: // BINGET
        recall(uint(1));
        break;
      case 0x6a: // LONG_BINGET
        recall(uint(4));
        break;

      case 0x63: // GLOBAL
        findGlobal(line(), line());
        break;
      case 0x93: { // STACK_GLOBAL
        const name = textOf(pop()), module = textOf(pop());
        if (module === undefined || name === undefined) throw wrong("it names a global without text");
        findGlobal(module, name);
        break;
      }
      case 0x52:
        reduce();
        break;
      case 0x62:
        build();
        break;
      default: {
        const name = refused[opcode];
        const hex = `0x${opcode.toString(16).padStart(2, "0")}`;
        throw wrong(
          name
            ? `it uses ${name}, which plain data has no need of and is not run here`
            : `it has ${hex} at ${at - 1}, which is no opcode`,
        );
      }
    }
  }
}

/** One character a byte. (The decoder that is called latin1 is that of Windows-1252.) */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** A little-endian integer in two's complement. */
function signed(digits: Uint8Array): number {
  const value = digits.reduceRight((sum, digit) => sum * 256n + BigInt(digit), 0n);
  return Number(BigInt.asIntN(8 * digits.length, value));
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** The bytes that Python 2's `repr` of a string stands for. */
function quoted(text: string, wrong: (what: string) => Error): Uint8Array {
  const inner = /^(['"])(.*)\1\s*$/s.exec(text)?.[2];
  if (inner === undefined) throw wrong("it has a string without quotes");
  const plain = inner.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs, (_, code: string) => {
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255);
    return escapes[code] ?? code;
  });
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** The text of Python's raw-unicode-escape. */
function rawUnicode(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long!, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
