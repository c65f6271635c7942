import type { BackendName } from "../../../lib/tensor/mod.ts";
import { type Expected, expectedOf, type Failure, failureOf } from "./compare.ts";
import { tidied } from "./draw.ts";
import { Examined, type Fact } from "./examined.ts";
import { flat, type Line, type Program, type Source } from "./program.ts";
import { tf } from "../../../lib/tensor/mod.ts";

/** What a program gives on `cpu`, if it still is a fair test. */
export async function examinedProgram(program: Program): Promise<Expected | undefined> {
  await tf.setBackend("cpu");
  let expected: Expected | undefined;
  tf.tidy(() => {
    const examined = new Examined(program.n);
    try {
      for (const source of program.inputs) examined.source(source, false);
      for (const source of program.constants) examined.source(source, true);
      if (program.lines.every((line) => examined.line(line))) expected = expectedOf(program, examined);
    } catch { /* it is no program any more */ }
  });
  return expected;
}

function replaced(text: string, name: string, by: string): string {
  return text.replace(new RegExp(`\\b${name}\\b(?!\\s*=)`, "g"), by);
}

function without(lines: readonly Line[], name: string, by?: string): Line[] {
  return lines.filter((line) => line.name !== name).map((line) => {
    const { inner } = line;
    const next = by === undefined
      ? line
      : { ...line, code: replaced(line.code, name, by), traits: traitsWith(line, name, by) };
    if (inner === undefined) return next;
    const of = by === undefined ? inner.of : replaced(inner.of, name, by);
    return { ...next, inner: { ...inner, of, lines: without(inner.lines, name, by) } };
  });
}

function traitsWith({ traits }: Line, name: string, by: string): Line["traits"] {
  return traits.bends ? { ...traits, bends: traits.bends.map((bend) => replaced(bend, name, by)) } : traits;
}

/** Smaller programs that might still fail. */
function* smaller(program: Program): Generator<Program> {
  const { n, outputs, lines, inputs } = program;
  if (outputs.length > 1) { for (const output of outputs) yield { ...program, outputs: [output] }; }
  if (outputs.length > 2) {
    for (const output of outputs) {
      yield {
        ...program,
        outputs: outputs.filter((one) => one !== output),
      };
    }
  }
  for (const less of [1, 2, 3, 8, 9, Math.floor(n / 2), n - 1]) {
    if (less < n && less > 0) yield { ...program, n: less };
  }
  const all = flat(lines);
  for (const { name, code, inner } of all.toReversed()) {
    const read = [...new Set([code, inner?.of ?? ""].join(" ").match(/\b[xvcz]\d+\b/g) ?? [])];
    for (const by of read) {
      yield {
        ...program,
        lines: without(lines, name, by),
        outputs: outputs.map((one) => replaced(one, name, by)),
      };
    }
  }
  for (const line of lines) { // what a line gives becomes an input
    const found = factOf(program, line);
    for (const kind of found?.kinds ?? []) {
      const { shape } = found!;
      const fresh: Source = { name: `x${inputs.length + 10}`, kind, shape, seed: 5 };
      yield {
        ...program,
        inputs: [...inputs, fresh],
        lines: without(lines, line.name, fresh.name),
        outputs: outputs.map((one) => replaced(one, line.name, fresh.name)),
      };
    }
  }
  for (const input of inputs) {
    if (inputs.length > 1) yield { ...program, inputs: inputs.filter((one) => one !== input) };
  }
}

/** The kinds of input that a line's value may become, and its shape. */
function factOf(program: Program, line: Line): { kinds: Source["kind"][]; shape: string[] } | undefined {
  let found: Fact[] | undefined;
  tf.tidy(() => {
    const examined = new Examined(program.n);
    for (const source of program.inputs) examined.source(source, false);
    for (const source of program.constants) examined.source(source, true);
    for (const one of program.lines) {
      const facts = examined.line(one);
      if (one === line) return void (found = facts);
    }
  });
  if (found?.length !== 1) return undefined;
  const [{ shape, dtype }] = found as [Fact],
    kinds: Record<string, Source["kind"][]> = {
      float32: ["whole", "real"],
      int32: ["index"],
      bool: ["flags"],
    };
  return {
    kinds: kinds[dtype]!,
    shape: shape.map((size, i) => i === 0 && size === program.n ? "n" : String(size)),
  };
}

const weight = ({ n, lines, outputs, inputs }: Program): number =>
  1000 * flat(lines).reduce((sum, { code }) => sum + 1 + code.length / 500, 0) + 100 * outputs.length +
  10 * inputs.length + n / 10;

/** The smallest program found that fails in the same way. */
export async function shrunk(
  program: Program,
  failure: Failure,
  engine: BackendName,
): Promise<{ program: Program; failure: Failure }> {
  let best = { program, failure }, again = true;
  for (let tries = 0; again && tries < 400;) {
    again = false;
    await tf.setBackend("cpu");
    for (const next of smaller(best.program)) {
      if (++tries > 400) break;
      const candidate = tidied(next);
      if (weight(candidate) >= weight(best.program)) continue;
      const expected = await examinedProgram(candidate);
      const found = expected && await failureOf(candidate, expected, engine);
      await tf.setBackend("cpu");
      if (found?.kind !== failure.kind) continue;
      best = { program: candidate, failure: found };
      again = true;
      break;
    }
  }
  return best;
}
