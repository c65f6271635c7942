import { type Drawer, hasRank, isFloat, type Operation } from "../drawer.ts";
import type { Traits } from "../program.ts";
import { partner } from "./elementwise.ts";

const exact = { exact: true } as const;

/** What graph optimisers look for; `$` is a value, `%` a number, `&` a value or constant that goes with it. */
const pattern = (code: string, traits: Traits & { bend?: string } = {}): Operation => (draw) => {
  const x = draw.value(), { bend, ...rest } = traits;
  if (!x) return undefined;
  const number = draw.pick(["-2", "-1", "-0.5", "0", "0.25", "0.5", "1", "2", "3"]), other = partner(draw, x);
  const filled = (text: string) =>
    text.replaceAll("$", x.name).replaceAll("%", number).replaceAll("&", other);
  return { code: filled(code), ...rest, ...bend ? { bends: [filled(bend)] } : {} };
};

/** A leaky ReLU, and what looks like one. */
const leaky = (name: string, a: string, b: string) =>
  pattern(`tf.${name}(${a}, ${b})`, { ...exact, bend: `tf.sub(${a}, ${b})` });

/** Small groups of operations that an optimiser may put together, and what only looks like them. */
export const idioms: readonly Operation[] = [
  leaky("maximum", "tf.mul($, %)", "$"),
  leaky("maximum", "tf.mul(%, $)", "$"),
  leaky("maximum", "$", "tf.mul($, %)"),
  leaky("minimum", "tf.mul($, %)", "$"),
  leaky("minimum", "$", "tf.mul(%, $)"),
  leaky("maximum", "tf.add($, $)", "$"),
  leaky("maximum", "tf.neg($)", "$"),
  leaky("maximum", "tf.mul($, &)", "$"),
  leaky("maximum", "tf.mul($, $)", "$"),
  leaky("minimum", "tf.maximum($, %)", "6"),
  leaky("maximum", "tf.minimum($, %)", "0"),
  pattern("tf.add($, tf.add($, $))", exact),
  pattern("tf.addN([$, $, $])", exact),
  pattern("tf.add(tf.mul($, %), tf.mul($, &))", exact),
  pattern("tf.add(tf.mul($, &), tf.mul(&, %))", exact),
  pattern("tf.sub($, $)", exact),
  pattern("tf.mul($, $)", exact),
  pattern("tf.mul($, 0)", exact),
  pattern("tf.mul(tf.mul($, %), 2)", exact),
  pattern("tf.add(tf.add($, %), &)", exact),
  pattern("tf.sub(%, tf.sub($, &))", exact),
  pattern("tf.sub(tf.neg($), &)", exact),
  pattern("tf.add($, tf.neg(&))", exact),
  pattern("tf.neg(tf.neg($))", exact),
  pattern("tf.square(tf.sub($, &))", exact),
  pattern("tf.abs(tf.neg($))", { ...exact, bend: "$" }),
  pattern("tf.relu(tf.relu($))", { ...exact, bend: "$" }),
  pattern("tf.relu(tf.add($, &))", { ...exact, bend: "tf.add($, &)" }),
  pattern("tf.relu(tf.neg($))", { ...exact, bend: "$" }),
  pattern("tf.sub(tf.relu($), tf.relu(tf.neg($)))", { ...exact, bend: "$" }),
  pattern("tf.cast(tf.cast($, 'bool'), 'float32')", { ...exact, jumps: true }),
  pattern("tf.cast(tf.cast($, 'int32'), 'float32')", { ...exact, jumps: true }),
  pattern("tf.cast(tf.cast($, 'int32'), 'bool')", { ...exact, jumps: true }),
  pattern("tf.where(tf.greater($, %), $, &)", { ...exact, jumps: true }),
  pattern("tf.where(tf.greater($, 0), $, tf.zerosLike($))", { ...exact, jumps: true }),
  pattern("tf.mul($, tf.sigmoid($))"),
  pattern("tf.mul(tf.tanh(tf.softplus($)), $)"),
  pattern("tf.mul(tf.mul($, 0.5), tf.add(tf.erf(tf.mul($, Math.SQRT1_2)), 1))"),
  pattern("tf.div($, tf.sqrt(tf.add(tf.square(&), 0.5)))"),
  pattern("tf.div(tf.sqrt(tf.add(tf.square($), 0.5)), tf.sqrt(tf.add(tf.square(&), 0.5)))"),
  pattern("tf.log(tf.add(1, tf.square($)))"),
  pattern("tf.sub(tf.exp(tf.clipByValue($, -2, 1)), 1)"),
  pattern("tf.log(tf.sigmoid(tf.clipByValue($, -80, 80)))"), // below, engines take the sigmoid for 0
  pattern("tf.sigmoid(tf.tanh(tf.sin($)))"),
  pattern("tf.sqrt(tf.add(tf.abs(tf.sin(tf.cos($))), 0.5))", { bend: "tf.sin(tf.cos($))" }),
  (draw) => {
    const x = draw.value((fact) => isFloat(fact) && fact.shape.length >= 2);
    return x &&
      {
        code: draw.pick([
          `tf.log(tf.softmax(tf.clipByValue(${x.name}, -8, 8)))`,
          `tf.softmax(tf.logSoftmax(${x.name}))`,
          `tf.softmax(tf.mul(${x.name}, 0.5))`,
        ]),
      };
  },
  (draw) => { // layer norm
    const x = draw.value(hasRank(2, 3, 4)), last = x && x.shape.length - 1;
    return x && {
      code:
        `tf.mul(tf.sub(${x.name}, tf.mean(${x.name}, ${last}, true)), tf.rsqrt(tf.add(tf.mean(tf.squaredDifference(${x.name}, tf.mean(${x.name}, ${last}, true)), ${last}, true), 0.25)))`,
    };
  },
  (draw) => { // instance norm
    const x = draw.value(hasRank(4));
    return x && {
      code:
        `tf.div(tf.sub(${x.name}, tf.mean(${x.name}, [1, 2], true)), tf.sqrt(tf.add(tf.mean(tf.square(tf.sub(${x.name}, tf.mean(${x.name}, [1, 2], true))), [1, 2], true), 0.25)))`,
    };
  },
  (draw) => {
    const x = draw.value(hasRank(2, 3, 4));
    if (!x) return undefined;
    const order = draw.list(x.shape.map((_, i) => i).reverse());
    return {
      code: `tf.transpose(tf.${
        draw.pick(["relu", "neg", "square", "abs"])
      }(tf.transpose(${x.name}, ${order})), ${order})`,
      ...exact,
      bends: [x.name],
    };
  },
  (draw) => {
    const x = draw.value(hasRank(2, 3, 4)), axis = x && draw.int(0, x.shape.length - 1);
    return x &&
      {
        code: `tf.slice(tf.stack([${x.name}, ${partnerOf(draw, x.shape)}], ${axis}), ${
          draw.list([...x.shape, 0].map((_, i) => i === axis ? draw.int(0, 1) : 0))
        }, ${draw.list([...x.shape, 0].map((_, i) => i === axis ? 1 : -1))})`,
        ...exact,
      };
  },
  (draw) => {
    const x = draw.value(hasRank(1, 2, 3, 4)), axis = x && draw.int(0, x.shape.length - 1);
    return x &&
      {
        code: `tf.concat([tf.${draw.pick(["neg", "square", "relu"])}(${x.name}), tf.${
          draw.pick(["neg", "square", "relu"])
        }(${partnerOf(draw, x.shape)})], ${axis})`,
        ...exact,
        jumps: true,
      };
  },
  (draw) => {
    const x = draw.value(hasRank(1, 2, 3, 4)), axis = x && draw.int(0, x.shape.length - 1);
    return x &&
      {
        code: `tf.concat(tf.split(${x.name}, ${
          x.shape[axis!]! % 2 === 0 ? 2 : 1
        }, ${axis}).map((part) => tf.neg(part)), ${axis})`,
        ...exact,
      };
  },
];

/** A value of this shape. */
function partnerOf(draw: Drawer, shape: readonly number[]): string {
  const other = draw.value((fact) => isFloat(fact) && fact.shape.join() === shape.join());
  return other && draw.chance(0.7) ? other.name : draw.constant(draw.sizes(shape));
}
