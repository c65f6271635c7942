import { type Drawer, isBool, isFloat, isInt, type Operation, type Proposal } from "../drawer.ts";
import type { Fact } from "../examined.ts";
import type { Traits } from "../program.ts";

const exact = { exact: true } as const;

/** A function of each number; `$` stands for the value. */
const unary = (code: string, traits: Traits & { zero?: true } = {}): Operation => (draw) => {
  const x = draw.value()?.name, { zero, ...rest } = traits;
  return x && { code: code.replaceAll("$", x), ...rest, ...zero ? { bends: [x] } : {} } || undefined;
};

/** A value that goes with another: of its shape, one that is broadcast along it, a constant, a number. */
export function partner(draw: Drawer, x: Fact, fits: (fact: Fact) => boolean = isFloat): string {
  const broadcast = ({ shape }: Fact) =>
    shape.length <= x.shape.length &&
    shape.every((size, i) => size === 1 || size === x.shape[x.shape.length - shape.length + i]);
  const other = draw.chance(0.6) ? draw.value((fact) => fits(fact) && broadcast(fact)) : undefined;
  if (other) return other.name;
  if (draw.chance(0.4) || x.shape.length === 0) {
    return draw.pick(["-2", "-1", "-0.5", "0", "0.5", "1", "2", "3"]);
  }
  const sizes = draw.sizes(x.shape), from = draw.int(0, sizes.length - 1);
  const some = draw.chance(0.3) ? sizes.map((size) => draw.chance(0.5) ? "1" : size) : sizes.slice(from);
  return draw.constant(some);
}

const binary = (name: string, traits: Traits = {}): Operation => (draw) => {
  const x = draw.value();
  if (!x) return undefined;
  const y = partner(draw, x), args = draw.chance(0.5) ? [x.name, y] : [y, x.name];
  return { code: `tf.${name}(${args.join(", ")})`, ...traits };
};

const larger = (name: string): Operation => (draw) => {
  const x = draw.value();
  if (!x) return undefined;
  const y = partner(draw, x);
  return { code: `tf.${name}(${x.name}, ${y})`, ...exact, bends: [`tf.sub(${x.name}, ${y})`] };
};

const comparison = (name: string): Operation => (draw) => {
  const x = draw.value();
  return x && { code: `tf.${name}(${x.name}, ${partner(draw, x)})`, ...exact, jumps: true };
};

const ofInts = (code: (x: string, y: string) => string): Operation => (draw) => {
  const x = draw.value(isInt);
  if (!x) return undefined;
  const other = draw.value((y) => isInt(y) && y.shape.join() === x.shape.join())!;
  return { code: code(x.name, other.name), ...exact };
};

function clip(draw: Drawer): Proposal | undefined {
  const x = draw.value(), [low, high] = draw.pick([[-1, 1], [0, 1], [-0.5, 2], [0, 6]] as const);
  if (!x) return undefined;
  return {
    code: `tf.clipByValue(${x.name}, ${low}, ${high})`,
    ...exact,
    bends: [`tf.sub(${x.name}, ${low})`, `tf.sub(${x.name}, ${high})`],
  };
}

function select(draw: Drawer): Proposal | undefined {
  const condition = draw.value(isBool);
  const x = condition && draw.value((fact) => isFloat(fact) && fact.shape.join() === condition.shape.join());
  return x && { code: `tf.where(${condition.name}, ${x.name}, ${partner(draw, x)})`, ...exact };
}

function prelu(draw: Drawer): Proposal | undefined {
  const x = draw.value(({ dtype, shape }) => dtype === "float32" && shape.length > 0);
  return x && {
    code: `tf.prelu(${x.name}, ${draw.constant([x.shape.at(-1)!])})`,
    ...exact,
    bends: [x.name],
  };
}

/** Operations on each number, alone or with another tensor's. */
export const elementwise: readonly Operation[] = [
  unary("tf.relu($)", { ...exact, zero: true }),
  unary("tf.relu($)", { ...exact, zero: true }),
  (draw) => {
    const x = draw.value();
    return x && { code: `tf.relu6(${x.name})`, ...exact, bends: [x.name, `tf.sub(${x.name}, 6)`] };
  },
  (draw) => {
    const x = draw.value(), slope = draw.pick(["0.2", "0.5", "0", "1", "2", "-0.5"]);
    const traits = slope === "0.2" ? {} : exact;
    return x && { code: `tf.leakyRelu(${x.name}, ${slope})`, ...traits, bends: [x.name] };
  },
  prelu,
  clip,
  select,
  unary("tf.abs($)", { ...exact, zero: true }),
  unary("tf.neg($)", exact),
  unary("tf.square($)", exact),
  unary("tf.tanh($)"),
  unary("tf.sigmoid($)"),
  unary("tf.exp(tf.clipByValue($, -3, 2))"),
  unary("tf.elu($)", { zero: true }),
  unary("tf.selu($)", { zero: true }),
  unary("tf.softplus($)"),
  unary("tf.sin($)"),
  unary("tf.cos($)"),
  unary("tf.atan($)"),
  unary("tf.erf($)"),
  unary("tf.sqrt(tf.add(tf.abs($), 0.5))", { zero: true }),
  unary("tf.rsqrt(tf.add(tf.square($), 0.5))"),
  unary("tf.reciprocal(tf.add(tf.square($), 0.5))"),
  unary("tf.log(tf.add(tf.abs($), 0.5))", { zero: true }),
  unary("tf.log1p(tf.abs($))", { zero: true }),
  unary("tf.expm1(tf.clipByValue($, -2, 1))"),
  unary("tf.logSigmoid($)"),
  unary("tf.sign($)", { ...exact, jumps: true }),
  unary("tf.round($)", { ...exact, jumps: true }),
  unary("tf.floor($)", { ...exact, jumps: true }),
  unary("tf.ceil($)", { ...exact, jumps: true }),
  unary("tf.step($)", { ...exact, jumps: true }),
  unary("tf.step($, 0.5)", { ...exact, jumps: true }),
  unary("tf.isNaN($)", { ...exact, jumps: true }),
  unary("tf.cast($, 'int32')", { ...exact, jumps: true }),
  unary("tf.cast($, 'bool')", { ...exact, jumps: true }),
  unary("tf.zerosLike($)", exact),
  unary("tf.onesLike($)", exact),
  unary("tf.clone($)", exact),
  binary("add", exact),
  binary("add", exact),
  binary("sub", exact),
  binary("mul", exact),
  binary("mul", exact),
  binary("squaredDifference", exact),
  (draw) => {
    const x = draw.value();
    return x && { code: `tf.div(${x.name}, ${draw.pick(["2", "-0.5", "4"])})`, ...exact };
  },
  (draw) => {
    const x = draw.value();
    return x && { code: `tf.div(${x.name}, tf.add(tf.square(${partner(draw, x)}), 0.5))` };
  },
  (draw) => {
    const x = draw.value(), y = draw.pick(["2", "3", "1", "0.5", "-1", "0", "1.5", "-0.5"]);
    return x && { code: `tf.pow(tf.add(tf.square(${x.name}), 0.5), ${y})` };
  },
  (draw) => {
    const x = draw.value(), y = draw.pick(["2", "3", "1"]);
    return x && { code: `tf.pow(${x.name}, ${y})`, jumps: true };
  },
  (draw) => {
    const x = draw.value();
    return x && { code: `tf.mod(${x.name}, ${draw.pick(["1", "2", "-1", "0.5"])})`, ...exact, jumps: true };
  },
  larger("maximum"),
  larger("minimum"),
  ...["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"].map(comparison),
  ofInts((x, y) => `tf.add(${x}, ${y})`),
  ofInts((x, y) => `tf.mul(${x}, ${y})`),
  ofInts((x, y) => `tf.sub(${x}, ${y})`),
  ofInts((x, y) => `tf.maximum(${x}, ${y})`),
  ofInts((x, y) => `tf.less(${x}, ${y})`),
  ofInts((x, y) => `tf.equal(${x}, ${y})`),
  ofInts((x) => `tf.cast(${x}, "float32")`),
  ofInts((x) => `tf.cast(${x}, "float32")`),
  ofInts((x) => `tf.cast(${x}, "bool")`),
  ofInts((x) => `tf.floorDiv(${x}, tf.scalar(2, "int32"))`),
  ofInts((x) => `tf.mod(${x}, tf.scalar(3, "int32"))`),
  ofInts((x) => `tf.neg(${x})`),
  ofInts((x) => `tf.abs(${x})`),
  (draw) => {
    const x = draw.value(isBool);
    return x && { code: `tf.cast(${x.name}, "${draw.pick(["float32", "float32", "int32"])}")`, ...exact };
  },
  (draw) => {
    const x = draw.value(isBool), y = x && draw.value((y) => isBool(y) && y.shape.join() === x.shape.join());
    return y && {
      code: draw.pick([
        `tf.logicalNot(${x.name})`,
        `tf.logicalAnd(${x.name}, ${y.name})`,
        `tf.logicalOr(${x.name}, ${y.name})`,
        `tf.logicalXor(${x.name}, ${y.name})`,
      ]),
      ...exact,
    };
  },
];
