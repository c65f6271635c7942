import { type Drawer, hasRank, isInt, type Operation, type Proposal } from "../drawer.ts";
import type { Fact } from "../examined.ts";

const exact = { exact: true } as const;

/** An image batch, made of another value where there is none. */
const images = (draw: Drawer) => draw.value(hasRank(4));

function padding(draw: Drawer): string {
  const [a, b, c, d] = [0, 1, 2, 3].map(() => draw.int(0, 2));
  return draw.pick([`"same"`, `"same"`, `"valid"`, `[[0, 0], [${a}, ${b}], [${c}, ${d}], [0, 0]]`]);
}

/** A filter: a constant, or an input of the program. */
function filter(draw: Drawer, shape: readonly number[]): string {
  const found = draw.value((fact) => fact.dtype === "float32" && fact.shape.join() === shape.join());
  if (found && draw.chance(0.8)) return found.name;
  return draw.chance(0.25) && draw.inputs.length < 3
    ? draw.source(draw.pick(["whole", "real"]), shape, false).name
    : draw.constant(shape);
}

function convolution(draw: Drawer): Proposal | undefined {
  const x = images(draw);
  if (!x) return undefined;
  const side = draw.pick([1, 1, 3, 3, 3, 2, 5]), other = draw.chance(0.9) ? side : draw.int(1, 3);
  // TensorFlow gives garbage for strides of [1, 2] on images that are 1 or 2 pixels wide.
  const strides = draw.chance(0.1) ? "[2, 1]" : draw.pick(["1", "1", "1", "2", "3"]), pad = padding(draw);
  const to = draw.pick([1, 2, 3, 4, 8, 8, 16]), w = filter(draw, [side, other, x.shape[3]!, to]);
  const dilation = strides === "1" && draw.chance(0.1) ? `, "NHWC", 2` : "";
  const rounding = pad.startsWith("[") && dilation === "" ? `, "NHWC", 1, "floor"` : "";
  const sum = `tf.conv2d(${x.name}, ${w}, ${strides}, ${pad}${dilation}${rounding})`;
  const bias = draw.chance(0.3) ? draw.constant([to]) : undefined;
  const biased = bias ? `tf.add(${sum}, ${bias})` : sum;
  if (draw.chance(0.7)) return { code: biased };
  const ending = draw.pick(["relu", "relu6", "elu", "sigmoid", "tanh", "leakyRelu"]);
  return {
    code: `tf.${ending}(${biased})`,
    bends: [biased, ...ending === "relu6" ? [`tf.sub(${biased}, 6)`] : []],
  };
}

/** A shortcut: its sum has the shape of the images. */
function residual(draw: Drawer): Proposal | undefined {
  const x = images(draw), channels = x?.shape[3];
  if (!x) return undefined;
  const side = draw.pick([1, 3]), w = filter(draw, [side, side, channels!, channels!]);
  const bias = draw.constant([channels!]);
  const sum = draw.pick([
    `tf.add(tf.add(tf.conv2d(${x.name}, ${w}, 1, "same"), ${bias}), ${x.name})`,
    `tf.add(${x.name}, tf.add(tf.conv2d(${x.name}, ${w}, 1, "same"), ${bias}))`,
    `tf.add(tf.conv2d(${x.name}, ${w}, 1, "same"), ${x.name})`,
    `tf.sub(${x.name}, tf.conv2d(${x.name}, ${w}, 1, "same"))`,
    `tf.add(tf.conv2d(${x.name}, ${w}, 1, "same"), tf.conv2d(tf.neg(${x.name}), ${w}, 1, "same"))`,
  ]);
  return draw.chance(0.5) ? { code: sum } : { code: `tf.relu(${sum})`, bends: [sum] };
}

function transposed(draw: Drawer): Proposal | undefined {
  const x = images(draw), to = draw.int(1, 4), side = draw.pick([1, 2, 3]), stride = draw.int(1, 2);
  if (!x) return undefined;
  const [rows, height, width] = draw.sizes(x.shape);
  const w = filter(draw, [side, side, to, x.shape[3]!]);
  return {
    code: `tf.conv2dTranspose(${x.name}, ${w}, [${rows}, ${Number(height) * stride}, ${
      Number(width) * stride
    }, ${to}], ${stride}, "same")`,
  };
}

function depthwise(draw: Drawer): Proposal | undefined {
  const x = images(draw);
  if (!x) return undefined;
  const side = draw.pick([1, 2, 3]), w = filter(draw, [side, side, x.shape[3]!, draw.int(1, 2)]);
  return {
    code: `tf.depthwiseConv2d(${x.name}, ${w}, ${draw.int(1, 2)}, ${draw.pick([`"same"`, `"valid"`])})`,
  };
}

const pool = (name: string): Operation => (draw) => {
  const x = images(draw), size = draw.int(1, 3), stride = draw.int(1, 3);
  // The gradient of an average at a padded border is wrong on plain cpu.
  const pad = name === "avgPool" && draw.inGradient ? `"valid"` : draw.pick([`"same"`, `"valid"`]);
  return x &&
    {
      code: `tf.${name}(${x.name}, ${size}, ${stride}, ${pad})`,
      ...name === "maxPool" ? { ...exact, ties: true } : {},
    };
};

function globalPool(draw: Drawer): Proposal | undefined {
  const x = images(draw);
  return x && { code: `tf.mean(${x.name}, [1, 2]${draw.chance(0.3) ? ", true" : ""})` };
}

function batchNorm(draw: Drawer): Proposal | undefined {
  const x = draw.value(hasRank(2, 4));
  if (!x) return undefined;
  const channels = x.shape.at(-1)!, vector = () => draw.constant([channels], "whole");
  const scale = draw.pick([`, ${vector()}, ${vector()}`, `, ${vector()}`, ""]);
  const epsilon = scale.split(",").length === 3 && draw.chance(0.5) ? ", 0.25" : "";
  return {
    code: `tf.batchNorm(${x.name}, ${vector()}, tf.add(tf.square(${vector()}), 0.5)${scale}${epsilon})`,
  };
}

function batchNormTraining(draw: Drawer): Proposal | undefined {
  const x = images(draw);
  if (!x) return undefined;
  const vectors = [0, 1].map(() => draw.constant([x.shape[3]!], "whole")).join(", ");
  const relu = `tf.relu(batchNormTraining(${x.name}, ${vectors}, 0.25).output)`;
  if (draw.chance(0.25)) return { code: relu, bends: [relu.slice("tf.relu(".length, -1)] };
  return {
    code: `batchNormTraining(${x.name}, ${vectors}, 0.25)${
      draw.inGradient ? ".output" : draw.pick([".output", ".output", ".mean", ".variance", ""])
    }`,
  };
}

function matMul(draw: Drawer): Proposal | undefined {
  const x = draw.value(hasRank(2, 3));
  if (!x) return undefined;
  const rank = x.shape.length, across = draw.chance(0.3), inside = x.shape[across ? rank - 2 : rank - 1]!;
  const fits = (turned: boolean) => (y: Fact) =>
    y.dtype === "float32" && y.shape.length === rank &&
    (rank === 2 || y.shape[0] === x.shape[0]) && y.shape[turned ? rank - 1 : rank - 2] === inside;
  const turned = draw.chance(0.3), other = draw.value(fits(turned));
  const to = draw.int(1, 6), matrix = turned ? [to, inside] : [inside, to];
  const y = other && draw.chance(0.5)
    ? other.name
    : draw.constant(rank === 2 ? matrix : [draw.chance(0.5) ? draw.sizes(x.shape)[0]! : 1, ...matrix]);
  const product = `tf.matMul(${x.name}, ${y}, ${across}, ${turned})`;
  if (rank === 3 || draw.chance(0.5)) return { code: product, ...exact, sums: inside };
  const biased = `tf.add(${product}, ${
    draw.constant([other?.name === y ? (other!.shape[turned ? 0 : 1]!) : to])
  })`;
  if (draw.chance(0.4)) return { code: biased, ...exact, sums: inside };
  const ending = draw.pick(["relu", "relu6", "elu", "sigmoid", "tanh", "leakyRelu"]);
  return { code: `tf.${ending}(${biased})`, bends: [biased, `tf.sub(${biased}, 6)`] };
}

function fused(draw: Drawer): Proposal | undefined {
  const x = images(draw), side = draw.pick([1, 3]), to = draw.pick([2, 8]);
  if (!x) return undefined;
  const w = filter(draw, [side, side, x.shape[3]!, to]),
    activation = draw.pick(["linear", "relu", "relu6", "elu"]);
  const bias = draw.chance(0.7) ? `, bias: ${draw.constant([to])}` : "";
  const plain = bias
    ? `tf.add(tf.conv2d(${x.name}, ${w}, 1, "same"), ${bias.slice(8)})`
    : `tf.conv2d(${x.name}, ${w}, 1, "same")`;
  return {
    code:
      `tf.fused.conv2d({ x: ${x.name}, filter: ${w}, strides: 1, pad: "same", activation: "${activation}"${bias} })`,
    bends: [plain, `tf.sub(${plain}, 6)`],
  };
}

function resize(draw: Drawer): Proposal | undefined {
  const x = images(draw);
  const name = draw.inGradient ? "resizeBilinear" : draw.pick(["resizeBilinear", "resizeNearestNeighbor"]);
  return x && { code: `tf.image.${name}(${x.name}, [${2 * x.shape[1]!}, ${2 * x.shape[2]!}])` };
}

const softmax = (name: string): Operation => (draw) => {
  const x = draw.value(hasRank(2, 3));
  return x && { code: `tf.${name}(${x.name})` };
};

function crossEntropy(draw: Drawer): Proposal | undefined {
  const x = draw.value(hasRank(2));
  const labels = x &&
    draw.value((fact) => isInt(fact) && fact.shape.length === 1 && fact.shape[0] === x.shape[0]);
  return labels &&
    { code: `tf.losses.softmaxCrossEntropy(tf.oneHot(${labels.name}, ${x.shape[1]}), ${x.name})` };
}

/** Layers. */
export const networks: readonly Operation[] = [
  convolution,
  convolution,
  convolution,
  convolution,
  residual,
  residual,
  transposed,
  depthwise,
  pool("maxPool"),
  pool("maxPool"),
  pool("avgPool"),
  globalPool,
  batchNorm,
  batchNormTraining,
  batchNormTraining,
  matMul,
  matMul,
  matMul,
  fused,
  resize,
  softmax("softmax"),
  softmax("logSoftmax"),
  crossEntropy,
];
