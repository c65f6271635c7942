import { fold, random, tf } from "../../../lib/tensor/mod.ts";
import { Drawer, isFloat } from "./drawer.ts";
import type { Fact } from "./examined.ts";
import { operations } from "./operations.ts";
import type { Line, Program } from "./program.ts";

/** How often a line is tried before the program stays as short as it is. */
const TRIES = 20;

/** How deep gradients of gradients go. */
const DEEPEST = 2;

function drawn(draw: Drawer, inGradient: boolean): Line | undefined {
  draw.inGradient = inGradient;
  for (let i = 0; i < TRIES; i++) {
    const proposal = draw.pick(draw.pick(operations))(draw);
    if (!proposal) continue;
    const line = draw.line(proposal), facts = draw.examined.line(line, inGradient);
    if (facts === undefined) continue;
    draw.values.push(...facts);
    return line;
  }
}

/** The gradient of some lines by a value. */
function gradient(draw: Drawer, depth = 1): Line | undefined {
  const of = draw.value(isFloat), outside = draw.values, variable = draw.name("z");
  if (!of) return undefined;
  draw.examined.variable(variable, of.name);
  draw.values = [...outside, draw.examined.facts.get(variable)!];
  const lines: Line[] = [];
  for (let wanted = draw.int(1, 5); wanted > 0; wanted--) {
    const deeper = depth < DEEPEST && draw.chance(0.08);
    const line = deeper ? gradient(draw, depth + 1) : drawn(draw, true);
    if (line) lines.push(line);
  }
  const result = draw.values.at(-1)!;
  draw.values = outside;
  if (lines.length === 0 || !isFloat(result)) return undefined;
  const code = draw.pick([
    `tf.sum(tf.mul(${result.name}, ${draw.constant(draw.sizes(result.shape))}))`,
    `tf.sum(tf.square(${result.name}))`,
    `tf.sum(${result.name})`,
    `tf.mean(${result.name})`,
  ]);
  const line: Line = { name: draw.name(), code, traits: {}, inner: { of: of.name, variable, lines } };
  const facts = draw.examined.line(line, depth > 1);
  if (facts === undefined) return undefined;
  draw.values.push(...facts);
  return line;
}

/** Batches, small ones mostly. */
function batch(seed: number): number {
  const next = random(fold(seed, "batch")), at = next();
  if (at < 0.1) return 1;
  if (at < 0.9) return 2 + Math.floor(15 * next());
  return 17 + Math.floor(241 * next());
}

function inputs(draw: Drawer): void {
  const { n } = draw, few = n > 32, kind = () => draw.pick(["whole", "whole", "real"] as const);
  const channels = draw.pick([1, 2, 3, 4, 8]), side = draw.int(2, few ? 4 : 9);
  const first = draw.pick([
    ["n", side, side + draw.int(0, 1), channels],
    ["n", side, side + draw.int(0, 1), channels],
    ["n", side, side, channels],
    ["n", draw.int(1, 8)],
    ["n", draw.int(1, 4), draw.int(1, 6)],
    ["n"],
  ]);
  draw.source(kind(), first, false);
  for (let more = draw.int(0, 2); more > 0; more--) {
    const shape = draw.pick([
      first,
      first,
      ["n"],
      ["n", draw.int(1, 6)],
      [draw.int(1, 4), draw.int(1, 5)],
      first.slice(-1),
    ]);
    draw.source(draw.chance(0.3) ? draw.pick(["index", "flags"]) : kind(), shape, false);
  }
  draw.values.push(...draw.examined.facts.values());
}

function outputs(draw: Drawer, own: readonly Fact[]): string[] {
  const chosen = [own.at(-1)!, ...own.filter(() => draw.chance(0.4))].map(({ name }) => name);
  if (draw.chance(0.08)) chosen.push(draw.pick(draw.inputs).name);
  if (draw.chance(0.05)) chosen.push(draw.constant([2, 2]));
  if (draw.chance(0.05)) chosen.push(chosen[0]!);
  if (draw.chance(0.05)) chosen.push("tf.ones([n, 2])");
  return chosen.slice(0, 5);
}

/** The program of a seed. Runs lines on the backend that is set. */
export function drawProgram(seed: number): Program {
  return tf.tidy(() => {
    const n = batch(seed), draw = new Drawer(fold(seed, "program"), n), lines: Line[] = [];
    inputs(draw);
    const before = draw.values.length;
    for (let wanted = draw.chance(0.1) ? draw.int(15, 30) : draw.int(2, 14); wanted > 0; wanted--) {
      const line = draw.chance(0.2) ? gradient(draw) : drawn(draw, false);
      if (line) lines.push(line);
    }
    // Filters may have become inputs on the way, which no line has made.
    const own = draw.values.slice(before);
    const result = own.length > 0 ? outputs(draw, own) : [draw.inputs[0]!.name];
    const program: Program = {
      seed,
      n,
      inputs: draw.inputs,
      constants: draw.constants,
      lines,
      outputs: result,
    };
    return tidied(program) as never;
  });
}

/** A program without what leads to none of its outputs; its inputs stay. */
export function tidied(program: Program): Program {
  const text = (lines: readonly Line[]): string =>
    lines.map(({ code, inner }) => `${code} ${inner ? `${inner.of} ${text(inner.lines)}` : ""}`).join(" ");
  const reads = (code: string, name: string) => new RegExp(`\\b${name}\\b`).test(code);
  let lines = [...program.lines], read = program.outputs.join(" ");
  const kept: Line[] = [];
  for (const line of lines.toReversed()) {
    if (!reads(read, line.name)) continue;
    const inner = line.inner && { ...line.inner, lines: innerKept(line) };
    const next: Line = inner ? { ...line, inner } : line;
    kept.unshift(next);
    read += ` ${text([next])}`;
  }
  lines = kept;
  return { ...program, lines, constants: program.constants.filter(({ name }) => reads(read, name)) };

  function innerKept(line: Line): Line[] {
    let wanted = line.code;
    return line.inner!.lines.toReversed().filter((one) => {
      if (!reads(wanted, one.name)) return false;
      wanted += ` ${text([one])}`;
      return true;
    }).reverse();
  }
}
