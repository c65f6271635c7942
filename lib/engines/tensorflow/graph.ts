/** TensorFlow's numbers of the types that there are in graphs here. */
export const FLOAT32 = 1, INT32 = 3, BFLOAT16 = 14;

/** Shape and type of a tensor, the type as TensorFlow's number. */
export interface Meta {
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** A field of a node, with its kind: TensorFlow must know how to read it. */
export type Attribute =
  | { readonly kind: "type"; readonly value: number }
  | { readonly kind: "shape"; readonly value: readonly number[] }
  | { readonly kind: "tensor"; readonly value: Meta & { readonly bytes: Uint8Array } }
  | { readonly kind: "int" | "float"; readonly value: number | readonly number[] }
  | { readonly kind: "bool"; readonly value: boolean | readonly boolean[] }
  | { readonly kind: "string"; readonly value: string };

/** An op of a graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of tensors, `n7:0` for the first output of node `n7`. */
  readonly inputs: readonly string[];
  /** What it gives out, in order. */
  readonly outputs: readonly Meta[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The nodes of a graph, each after those whose outputs it takes. */
export type Graph = readonly GraphNode[];

/** The name of one of a node's outputs. */
export function outputOf({ name }: GraphNode, index = 0): string {
  return `${name}:${index}`;
}

/** The name of the node that gives a tensor. */
export function nodeOf(tensor: string): string {
  return tensor.slice(0, tensor.lastIndexOf(":"));
}
