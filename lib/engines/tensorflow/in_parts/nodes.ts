import { type Attribute, FLOAT32, type GraphNode, INT32, type Meta, outputOf } from "../graph.ts";

/** The nodes of a graph that is being written. */
export class Nodes {
  /** Each after those whose outputs it takes. */
  readonly all: GraphNode[] = [];
  #named = 0;

  /**
   * Adds a node whose tensors all have one type.
   *
   * @param op What it does.
   * @param inputs Names of tensors.
   * @param outputs What it gives out.
   * @param attributes All but `T`, which is the type of the first output.
   * @returns The names of its outputs.
   */
  add(
    op: string,
    inputs: readonly string[],
    outputs: readonly Meta[],
    attributes: GraphNode["attributes"] = {},
  ): readonly string[] {
    const T: Attribute = { kind: "type", value: outputs[0]!.dtype };
    const node: GraphNode = { name: this.#newName(), op, inputs, outputs, attributes: { T, ...attributes } };
    this.all.push(node);
    return outputs.map((_, i) => outputOf(node, i));
  }

  /** A constant of whole numbers: a scalar, or a list. */
  integers(value: number | readonly number[]): string {
    const numbers = Int32Array.from([value].flat());
    return this.#constant(numbers, { shape: typeof value === "number" ? [] : [value.length], dtype: INT32 });
  }

  /** A constant of float32: a scalar, or a column. */
  numbers(value: number | readonly number[]): string {
    const numbers = Float32Array.from([value].flat());
    return this.#constant(numbers, {
      shape: typeof value === "number" ? [] : [value.length, 1],
      dtype: FLOAT32,
    });
  }

  /** The sum of tensors of one shape; of a single tensor, that tensor. */
  sum(tensors: readonly string[], meta: Meta): string {
    if (tensors.length === 1) return tensors[0]!;
    return this.add("AddN", tensors, [meta], { N: { kind: "int", value: tensors.length } })[0]!;
  }

  #constant({ buffer }: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, meta: Meta): string {
    const node: GraphNode = {
      name: this.#newName(),
      op: "Const",
      inputs: [],
      outputs: [meta],
      attributes: {
        dtype: { kind: "type", value: meta.dtype },
        value: { kind: "tensor", value: { ...meta, bytes: new Uint8Array(buffer) } },
      },
    };
    this.all.push(node);
    return outputOf(node);
  }

  #newName(): string {
    return `parts${this.#named++}`;
  }
}

/** The attribute that says that indices are 32 bits wide. */
export const INDEX: Attribute = { kind: "type", value: INT32 };
