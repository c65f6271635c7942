import { type Drawer, hasRank, isBool, isFloat, isInt, type Operation, type Proposal } from "../drawer.ts";
import type { Fact } from "../examined.ts";
import type { Traits } from "../program.ts";

const exact = { exact: true } as const;

const isArray = ({ shape, dtype }: Fact): boolean => shape.length > 0 && dtype === "float32";
const any = ({ shape }: Fact): boolean => shape.length > 0;

function axesOf(draw: Drawer, x: Fact): string {
  const axes = draw.axes(x);
  return axes.length === 1 && draw.chance(0.5)
    ? String(axes[0])
    : draw.chance(0.15)
    ? "undefined"
    : draw.list(axes);
}

const reduction = (name: string, traits: Traits, limit = Infinity): Operation => (draw) => {
  const x = draw.value((fact) => isArray(fact) && fact.shape.reduce((a, b) => a * b, 1) <= limit);
  if (!x) return undefined;
  const sums = x.shape.reduce((a, b) => a * b, 1);
  const code = `tf.${name}(${x.name}, ${axesOf(draw, x)}, ${draw.chance(0.5)})`;
  return { code, ...traits, ...traits.exact && !traits.ties ? { sums } : {} };
};

const ofFlags = (name: string): Operation => (draw) => {
  const x = draw.value((fact) => isBool(fact) && any(fact));
  return x && { code: `tf.${name}(${x.name}, ${axesOf(draw, x)}, ${draw.chance(0.5)})`, ...exact };
};

function reshape(draw: Drawer): Proposal | undefined {
  const x = draw.value(draw.chance(0.85) ? isArray : any);
  if (!x) return undefined;
  const sizes = draw.sizes(x.shape),
    [rows, ...rest] = sizes,
    product = x.shape.slice(1).reduce((a, b) => a * b, 1);
  const forms = [
    [rows, "-1"],
    ["-1"],
    ["-1", ...rest],
    ["1", ...sizes],
    [...sizes, "1"],
    [rows, "1", ...rest],
    [rows, String(product)],
    ["-1", String(x.shape.at(-1))],
    [...rest.toReversed(), "-1"],
    ...product % 4 === 0 ? [["-1", "4"], [rows, "2", "-1"], [rows, "-1", "2", "2"]] : [],
  ];
  return { code: `tf.reshape(${x.name}, ${draw.list(draw.pick(forms) as string[])})`, ...exact };
}

function transpose(draw: Drawer): Proposal | undefined {
  const x = draw.value(any);
  if (!x) return undefined;
  const order = x.shape.map((_, i) => i).sort(() => draw.next() - 0.5);
  return {
    code: draw.chance(0.2) ? `tf.transpose(${x.name})` : `tf.transpose(${x.name}, ${draw.list(order)})`,
    ...exact,
  };
}

function concat(draw: Drawer): Proposal | undefined {
  const x = draw.value(isArray);
  if (!x) return undefined;
  const axis = draw.int(0, x.shape.length - 1);
  const fits = (fact: Fact) =>
    isFloat(fact) && fact.shape.length === x.shape.length &&
    fact.shape.every((size, i) => i === axis || size === x.shape[i]);
  const list = Array.from(
    { length: draw.int(2, 3) },
    () => draw.chance(0.7) ? draw.value(fits)!.name : draw.constant(draw.sizes(x.shape)),
  );
  return {
    code: `tf.concat(${draw.list(list)}, ${draw.chance(0.2) ? axis - x.shape.length : axis})`,
    ...exact,
  };
}

function stack(draw: Drawer): Proposal | undefined {
  const x = draw.value((fact) => isFloat(fact) && fact.shape.length < 4);
  if (!x) return undefined;
  const same = (fact: Fact) => isFloat(fact) && fact.shape.join() === x.shape.join();
  const list = Array.from(
    { length: draw.int(1, 3) },
    () => draw.chance(0.7) ? draw.value(same)!.name : draw.constant(draw.sizes(x.shape)),
  );
  return { code: `tf.stack(${draw.list(list)}, ${draw.int(0, x.shape.length)})`, ...exact };
}

function slice(draw: Drawer): Proposal | undefined {
  const x = draw.value(draw.chance(0.9) ? isArray : any);
  if (!x) return undefined;
  const sizes = draw.sizes(x.shape), begin: (number | string)[] = [], size: (number | string)[] = [];
  x.shape.forEach((length, i) => {
    const from = draw.chance(0.5) ? 0 : draw.int(0, length - 1);
    begin.push(from);
    if (draw.chance(0.4)) size.push(-1);
    else if (from === 0 && draw.chance(0.5)) size.push(sizes[i]!);
    else size.push(draw.int(1, length - from));
  });
  const few = draw.chance(0.2) ? draw.int(1, begin.length) : begin.length;
  return {
    code: `tf.slice(${x.name}, ${draw.list(begin.slice(0, few))}, ${draw.list(size.slice(0, few))})`,
    ...exact,
  };
}

function stridedSlice(draw: Drawer): Proposal | undefined {
  const x = draw.value(hasRank(1, 2, 3, 4));
  if (!x) return undefined;
  const begin = x.shape.map((size) => draw.chance(0.5) ? 0 : draw.int(0, size - 1));
  return {
    code: `tf.stridedSlice(${x.name}, ${draw.list(begin)}, ${draw.list(draw.sizes(x.shape))}, ${
      draw.list(x.shape.map(() => draw.int(1, 2)))
    })`,
    ...exact,
  };
}

function pad(draw: Drawer): Proposal | undefined {
  const x = draw.value(isArray);
  if (!x) return undefined;
  const widths = x.shape.map((_, i) =>
    draw.chance(i === 0 ? 0.2 : 0.6) ? `[${draw.int(0, 2)}, ${draw.int(0, 2)}]` : "[0, 0]"
  );
  const value = draw.chance(0.7) ? "" : `, ${draw.pick(["0", "1", "-0.5"])}`;
  if (draw.chance(0.15) && x.shape.every((size) => size > 2)) {
    return {
      code: `tf.mirrorPad(${x.name}, [${widths.join(", ")}], "${draw.pick(["reflect", "symmetric"])}")`,
      ...exact,
    };
  }
  return { code: `tf.pad(${x.name}, [${widths.join(", ")}]${value})`, ...exact };
}

function split(draw: Drawer): Proposal | undefined {
  const x = draw.value(isArray), axis = x && draw.int(0, x.shape.length - 1);
  if (!x) return undefined;
  const size = x.shape[axis!]!, first = draw.int(1, size);
  const how = size % 2 === 0 && draw.chance(0.5)
    ? "2"
    : first < size
    ? draw.list([first, draw.chance(0.3) ? -1 : size - first])
    : "1";
  return {
    code: draw.chance(0.25) && size <= 4
      ? `tf.unstack(${x.name}, ${axis})`
      : `tf.split(${x.name}, ${how}, ${axis})`,
    ...exact,
  };
}

/** Places along an axis of `size`: constants, an input's, the largest of something. */
function places(draw: Drawer, shape: readonly (number | string)[], size: number): string {
  const count = shape.length;
  if (draw.chance(0.5)) {
    const found = draw.value((fact) =>
      isInt(fact) && fact.shape.length === count &&
      (count < 2 || draw.sizes(fact.shape)[0] === String(shape[0]))
    );
    if (found) return `tf.clipByValue(${found.name}, 0, ${size - 1})`;
  }
  return size > 1 ? draw.constant(shape, "index") : `tf.zeros(${draw.list(shape)}, "int32")`;
}

function gather(draw: Drawer): Proposal | undefined {
  const x = draw.value(isArray);
  if (!x) return undefined;
  const axis = draw.int(0, x.shape.length - 1), sizes = draw.sizes(x.shape);
  if (draw.chance(0.5) && axis > 0) {
    const batchDims = draw.int(1, Math.min(axis, 2)), shape = [...sizes.slice(0, batchDims), draw.int(1, 3)];
    return {
      code: `tf.gather(${x.name}, ${places(draw, shape, x.shape[axis]!)}, ${axis}, ${batchDims})`,
      ...exact,
    };
  }
  const shape = draw.chance(0.2)
    ? [draw.int(1, 2), draw.int(1, 3)]
    : [draw.chance(0.3) ? sizes[0]! : draw.int(1, 4)];
  return { code: `tf.gather(${x.name}, ${places(draw, shape, x.shape[axis]!)}, ${axis})`, ...exact };
}

function oneHot(draw: Drawer): Proposal | undefined {
  const x = draw.value((fact) => isInt(fact) && fact.shape.length < 3);
  return x &&
    { code: `tf.oneHot(${x.name}, ${draw.int(1, 5)}${draw.chance(0.2) ? ", 2, -1" : ""})`, ...exact };
}

function topk(draw: Drawer): Proposal | undefined {
  const x = draw.value((fact) => isArray(fact) && fact.shape.length < 4);
  return x &&
    { code: `tf.topk(${x.name}, ${draw.int(1, x.shape.at(-1)!)})`, ...exact, jumps: true, ties: true };
}

const arg = (name: string): Operation => (draw) => {
  const x = draw.value(isArray);
  return x &&
    {
      code: `tf.${name}(${x.name}, ${draw.pick([draw.int(0, x.shape.length - 1), -1])})`,
      ...exact,
      jumps: true,
    };
};

function tile(draw: Drawer): Proposal | undefined {
  const x = draw.value((fact) => any(fact) && !isBool(fact));
  return x &&
    { code: `tf.tile(${x.name}, ${draw.list(x.shape.map(() => draw.chance(0.7) ? 1 : 2))})`, ...exact };
}

/** Operations that move numbers, add them up or choose among them. */
export const shapes: readonly Operation[] = [
  reduction("sum", exact),
  reduction("sum", exact),
  reduction("mean", {}),
  reduction("mean", {}),
  reduction("max", { ...exact, ties: true }),
  reduction("min", { ...exact, ties: true }),
  reduction("prod", {}, 8),
  reduction("logSumExp", {}),
  ofFlags("any"),
  ofFlags("all"),
  (draw) => {
    const x = draw.value(isArray);
    return x &&
      {
        code: `tf.cumsum(${x.name}, ${draw.int(0, x.shape.length - 1)}, ${draw.chance(0.5)}, ${
          draw.chance(0.5)
        })`,
        ...exact,
        sums: 64,
      };
  },
  reshape,
  reshape,
  transpose,
  (draw) => {
    const x = draw.value((fact) => fact.shape.length < 4);
    return x && { code: `tf.expandDims(${x.name}, ${draw.int(-1, x.shape.length)})`, ...exact };
  },
  (draw) => {
    const x = draw.value(({ shape }) => shape.includes(1));
    return x && { code: `tf.squeeze(${x.name})`, ...exact };
  },
  concat,
  stack,
  slice,
  slice,
  stridedSlice,
  pad,
  split,
  gather,
  gather,
  oneHot,
  topk,
  arg("argMax"),
  arg("argMin"),
  tile,
  (draw) => {
    const x = draw.value(isArray);
    return x && { code: `tf.reverse(${x.name}, ${draw.list(draw.axes(x))})`, ...exact };
  },
];
