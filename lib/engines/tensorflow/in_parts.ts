import { tf } from "../../tensor/tf.ts";
import { type Graph, type GraphNode, INT32, type Meta, nodeOf, outputOf } from "./graph.ts";
import type { Made } from "./in_parts/collective.ts";
import { collectives } from "./in_parts/collectives.ts";
import { INDEX, Nodes } from "./in_parts/nodes.ts";
import { type Known, rules, SEVERAL, type Share } from "./in_parts/rules.ts";

/** The default of `few`: a tensor of this size is put together in no time. */
const FEW = 2 ** 16;

/**
 * A graph that computes a batch in parts, side by side. The first input is cut along its first axis, and so is all that is
 * computed from it row by row. The outputs are put together again.
 *
 * Each part runs on one core. Ops that share their work among cores wait for each other: the many small ops of a network
 * lose a third of their time by that. Most ops compute a row from the same row ({@linkcode rules}). What is summed over the batch is the sum of what the
 * parts have found, gradients of filters and batch norms in training among them ({@linkcode collectives}). For all others the
 * parts are put together, if they are small.
 *
 * @param graph What is computed from the inputs `in0`, `in1`, … The first one's first axis is the batch.
 * @param parts How many parts there shall be; their sizes differ by 1 at most.
 * @param few How many numbers a tensor may have that is put together on the way.
 * @returns `undefined` where something larger would have to be.
 */
export function inParts(graph: Graph, parts: number, few: number = FEW): Graph | undefined {
  const shape = graph.find(({ name }) => name === "in0")?.outputs[0]?.shape;
  if (shape?.[0] === undefined || shape[0] < parts) return undefined;
  const cut = new Cut(shape, parts, few);
  return neededFor(graph).every((node) => cut.take(node)) ? cut.graph : undefined;
}

/** What the outputs are computed from, and the inputs. */
function neededFor(graph: Graph): Graph {
  const needed = new Set<string>();
  return graph.toReversed().filter(({ name, op, inputs }) => {
    if (!/^out\d+$/.test(name) && op !== "Placeholder" && !needed.has(name)) return false;
    for (const tensor of inputs) needed.add(nodeOf(tensor));
    return true;
  }).reverse();
}

/** Cuts a graph node by node. */
class Cut {
  readonly #nodes = new Nodes();
  readonly #shape: readonly number[];
  readonly #batch: number;
  readonly #few: number;
  /** How many images each part has. */
  readonly #counts: readonly number[];
  readonly #known = new Map<string, Known>();
  /** The parts of tensors that were cut, or that are whole and were needed in parts. */
  readonly #parts = new Map<string, readonly string[]>();
  /** What tensors are called that have no parts, where they are not called as before. */
  readonly #wholes = new Map<string, string>();

  constructor(shape: readonly number[], parts: number, few: number) {
    const batch = shape[0]!;
    this.#shape = shape;
    this.#batch = batch;
    this.#few = few;
    this.#counts = Array.from(
      { length: parts },
      (_, i) => Math.floor((batch + i) / parts),
    );
  }

  get graph(): Graph {
    return this.#nodes.all;
  }

  /** Cuts a node, if it need be and can be. */
  take(node: GraphNode): boolean {
    const { name, op, inputs, outputs } = node;
    const known = inputs.flatMap((tensor) => this.#known.get(tensor) ?? []);
    if (known.length < inputs.length) return false; // an output that nobody should ask for
    if (op === "Placeholder") return this.#keep(node, outputs[0]!.shape.join() === this.#shape.join());
    if (!known.some(({ cut }) => cut)) return this.#keep(node);
    if (/^out\d+$/.test(name)) return this.#put(name, inputs[0]!, outputs[0]!);
    const shares = rules.get(op)?.(node, known);
    if (shares !== undefined && this.#fits(node, known, shares)) return this.#rowByRow(node, known, shares);
    if (collectives[op]?.fits(node, known)) return this.#together(node, known);
    if (known.some(({ cut, shape }) => cut && tf.util.sizeFromShape([...shape]) > this.#few)) return false;
    for (const tensor of inputs) this.#join(tensor);
    return this.#keep(node);
  }

  #fits({ outputs: [out] }: GraphNode, known: readonly Known[], shares: readonly Share[]): boolean {
    const { shape } = out!;
    return shape.length > 0 && shape[0]! % this.#batch === 0 &&
      known.every(({ cut, shape: [rows], numbers }, i) => {
        if (shares[i] === "sizes") return !cut && numbers?.[0] === shape[0];
        return shares[i] === "rows" ? rows !== undefined && rows % this.#batch === 0 : !cut;
      });
  }

  /** Does to each part what is done to the whole. */
  #rowByRow(node: GraphNode, known: readonly Known[], shares: readonly Share[]): boolean {
    const { name, op, inputs, outputs } = node;
    const given = inputs.map((tensor, i) => this.#given(tensor, known[i]!, shares[i]!));
    const made = this.#counts.map((count, part): GraphNode => ({
      ...node,
      name: `${name}p${part}`,
      inputs: given.map((names) => names[part]!),
      outputs: outputs.map(({ shape, dtype }) => ({ shape: this.#shapeOf(shape, count), dtype })),
    }));
    this.#nodes.all.push(...made);
    // The others are statistics that nobody asks for.
    (SEVERAL.has(op) ? outputs : outputs.slice(0, 1)).forEach((_, i) =>
      this.#became(node, i, made.map((node) => outputOf(node, i)))
    );
    return true;
  }

  /** Has each part find out what it can, and puts that together. */
  #together(node: GraphNode, known: readonly Known[]): boolean {
    const made = collectives[node.op]!.write({
      node,
      inputs: known,
      nodes: this.#nodes,
      rows: (input) => {
        const { shape, dtype } = known[input]!;
        return this.#rowsOf(node.inputs[input]!).map((name, part) => {
          const count = this.#counts[part]!;
          return { name, share: count / this.#batch, shape: this.#shapeOf(shape, count), dtype };
        });
      },
      whole: (input) => this.#wholeOf(node.inputs[input]!),
    });
    made.forEach((output, i) => this.#became(node, i, output));
    return true;
  }

  /** Keeps a node as it is; its output may be what is to be cut. */
  #keep(node: GraphNode, cut = false): boolean {
    this.#nodes.all.push({ ...node, inputs: node.inputs.map((tensor) => this.#wholeOf(tensor)) });
    const numbers = numbersOf(node);
    node.outputs.forEach((meta, i) =>
      this.#known.set(outputOf(node, i), { ...meta, cut, ...(numbers ? { numbers } : {}) })
    );
    return true;
  }

  /** Notes what has become of an output. */
  #became(node: GraphNode, index: number, made: Made): void {
    const name = outputOf(node, index), cut = typeof made !== "string";
    this.#known.set(name, { ...node.outputs[index]!, cut });
    if (cut) this.#parts.set(name, made);
    else this.#wholes.set(name, made);
  }

  #wholeOf(tensor: string): string {
    return this.#wholes.get(tensor) ?? tensor;
  }

  #shapeOf([rows, ...rest]: readonly number[], count: number): number[] {
    return [rows! / this.#batch * count, ...rest];
  }

  /** What each part gets of an input. */
  #given(tensor: string, { numbers }: Known, share: Share): readonly string[] {
    if (share === "whole") return this.#counts.map(() => this.#wholeOf(tensor));
    if (share === "rows") return this.#rowsOf(tensor);
    return this.#counts.map((count) => this.#nodes.integers(this.#shapeOf(numbers!, count)));
  }

  /** The rows of each part; a tensor is split where it first is needed in parts. */
  #rowsOf(tensor: string): readonly string[] {
    const known = this.#parts.get(tensor);
    if (known !== undefined) return known;
    const { dtype, shape } = this.#known.get(tensor)!,
      outputs = this.#counts.map((count) => ({ shape: this.#shapeOf(shape, count), dtype }));
    const sizes = this.#nodes.integers(outputs.map(({ shape: [rows] }) => rows!)),
      axis = this.#nodes.integers(0);
    const parts = this.#nodes.add("SplitV", [this.#wholeOf(tensor), sizes, axis], outputs, {
      num_split: { kind: "int", value: outputs.length },
      Tlen: INDEX,
    });
    this.#parts.set(tensor, parts);
    return parts;
  }

  /** Puts the parts of a tensor together, if it has any: it is whole from then on. */
  #join(tensor: string): void {
    const known = this.#known.get(tensor)!, { shape, dtype } = known;
    if (!known.cut || this.#wholes.has(tensor)) return;
    const [whole] = this.#nodes.add("ConcatV2", [...this.#rowsOf(tensor), this.#nodes.integers(0)], [{
      shape,
      dtype,
    }], {
      N: { kind: "int", value: this.#counts.length },
      Tidx: INDEX,
    });
    this.#wholes.set(tensor, whole!);
  }

  /** An output from its parts. */
  #put(name: string, tensor: string, output: Meta): boolean {
    this.#join(tensor);
    const T = { kind: "type", value: output.dtype } as const;
    this.#nodes.all.push({
      name,
      op: "Identity",
      inputs: [this.#wholeOf(tensor)],
      outputs: [output],
      attributes: { T },
    });
    return true;
  }
}

/** The numbers of a constant of whole ones: axes, sizes, orders. */
function numbersOf({ op, attributes: { value } }: GraphNode): readonly number[] | undefined {
  if (op !== "Const" || value?.kind !== "tensor" || value.value.dtype !== INT32) return undefined;
  return [...new Int32Array(value.value.bytes.slice().buffer)];
}
