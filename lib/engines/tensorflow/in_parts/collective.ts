import type { GraphNode, Meta } from "../graph.ts";
import type { Nodes } from "./nodes.ts";
import type { Known } from "./rules.ts";

/** The rows of a tensor that a part of the batch has. */
export interface Part extends Meta {
  /** The tensor's name. */
  readonly name: string;
  /** Which share of all rows these are. */
  readonly share: number;
}

/** An op that takes its inputs in parts. */
export interface Given {
  /** The op that is taken apart. */
  readonly node: GraphNode;
  /** What its inputs are. */
  readonly inputs: readonly Known[];
  /** Where new nodes go. */
  readonly nodes: Nodes;
  /** An input in parts. */
  rows(input: number): readonly Part[];
  /** The name of an input that has none. */
  whole(input: number): string;
}

/** An output: one tensor for all, or the names of its parts. */
export type Made = string | readonly string[];

/** An op that needs all rows, put together from what each part finds out about its own. */
export interface Collective {
  /** Whether it can be. */
  fits(node: GraphNode, inputs: readonly Known[]): boolean;
  /** Writes it; what its outputs are. */
  write(given: Given): readonly Made[];
}
