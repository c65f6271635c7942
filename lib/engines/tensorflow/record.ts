// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import type { TensorFunction } from "../../tensor/compile.ts";
import { tf } from "../../tensor/tf.ts";
import type { Attribute, Graph, GraphNode, Meta } from "./graph.ts";

/** Collects nodes while ops run. */
class Recorder {
  readonly #binding: any;
  readonly nodes: GraphNode[] = [];
  /** What each tensor of the backend is called in the graph. */
  readonly #names = new Map<number, string>();
  readonly #meta = new Map<number, Meta>();
  /** What the inputs are, and all that is computed from them. */
  readonly #moving = new Set<number>();

  constructor(binding: any) {
    this.#binding = binding;
  }

  /** Notes the shape and type of a tensor of the backend; what was noted first stays. */
  note(id: number, meta: Meta): void {
    if (!this.#meta.has(id)) this.#meta.set(id, meta);
  }

  /** The same for an id that is new, or that belongs to another tensor by now. */
  noteMade(id: number, meta: Meta): void {
    this.#meta.set(id, meta);
    this.#moving.delete(id);
  }

  /** Whether a tensor of the backend has other numbers for other inputs. */
  isMoving(id: number): boolean {
    return this.#moving.has(id);
  }

  #metaOf(id: number): Meta {
    const meta = this.#meta.get(id)!;
    if (meta.dtype === this.#binding.TF_STRING) {
      throw new TypeError("Cannot compile a function of strings: a tensor of numbers is wanted");
    }
    return meta;
  }

  #add(
    name: string,
    op: string,
    inputs: readonly string[],
    outputs: readonly Meta[],
    attributes: GraphNode["attributes"],
  ) {
    this.nodes.push({ name, op, inputs, outputs, attributes });
  }

  #nameOf(id: number): string {
    return this.#names.get(id) ?? this.#constant(id);
  }

  placeholder(id: number, index: number): void {
    const meta = this.#metaOf(id), name = `in${index}`;
    this.#names.set(id, `${name}:0`);
    this.#moving.add(id);
    this.#add(name, "Placeholder", [], [meta], {
      dtype: { kind: "type", value: meta.dtype },
      shape: { kind: "shape", value: meta.shape },
    });
  }

  #constant(id: number): string {
    const meta = this.#metaOf(id), name = `c${this.nodes.length}`;
    const data = this.#binding.tensorDataSync(id);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#add(name, "Const", [], [meta], {
      dtype: { kind: "type", value: meta.dtype },
      value: { kind: "tensor", value: { ...meta, bytes } },
    });
    this.#names.set(id, `${name}:0`);
    return `${name}:0`;
  }

  /** A node that renames a tensor: an output may be an input, and one tensor may be two outputs. */
  output(id: number, index: number): void {
    const meta = this.#metaOf(id), input = this.#nameOf(id);
    this.#add(`out${index}`, "Identity", [input], [meta], { T: { kind: "type", value: meta.dtype } });
  }

  op(op: string, given: readonly any[], inputs: readonly number[], outputs: readonly any[]): void {
    const names = inputs.map((id) => this.#nameOf(id)), name = `n${this.nodes.length}`;
    const attributes = Object.fromEntries(given.map((one) => [one.name, this.#attribute(one)]));
    if (op === "ExpandDims") { // the one kernel that leaves its type to be inferred, which graphs don't do
      attributes.T = { kind: "type", value: this.#metaOf(inputs[0]!).dtype };
    }
    this.#add(name, op, names, outputs.map(({ shape, dtype }) => ({ shape, dtype })), attributes);
    outputs.forEach(({ id, shape, dtype }, i) => {
      this.#names.set(id, `${name}:${i}`);
      this.noteMade(id, { shape, dtype });
      if (inputs.some((input) => this.#moving.has(input))) this.#moving.add(id);
    });
  }

  #attribute({ name, type, value }: any): Attribute {
    const b = this.#binding;
    const kinds: [number, Attribute["kind"]][] = [
      [b.TF_ATTR_STRING, "string"],
      [b.TF_ATTR_INT, "int"],
      [b.TF_ATTR_FLOAT, "float"],
      [b.TF_ATTR_BOOL, "bool"],
      [b.TF_ATTR_TYPE, "type"],
      [b.TF_ATTR_SHAPE, "shape"],
    ];
    const kind = kinds.find(([number]) => number === type)?.[1];
    if (kind === undefined) throw new TypeError(`Cannot record attribute ${name} of type ${type}`);
    return { kind, value } as Attribute;
  }
}

const READS =
  "Cannot compile a function that reads numbers which depend on its inputs: they would be the same in every call";

/**
 * What one call of a function does, as a graph: its inputs are `in0`, `in1` and so on, its outputs `out0` and so on. `fn`
 * runs once with everything that reaches the addon passed through a recorder.
 */
export function record(fn: TensorFunction, examples: readonly tf.Tensor[]): Graph {
  const backend = tf.backend() as any;
  const binding = backend.binding;
  const recorder = new Recorder(binding);
  const ids = (tensors: readonly tf.Tensor[]): number[] => backend.getInputTensorIds(tensors);
  const dtypes: Record<string, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
    complex64: binding.TF_COMPLEX64,
    string: binding.TF_STRING,
  };

  const getInputTensorIds = backend.getInputTensorIds;
  backend.getInputTensorIds = (tensors: any[]) => {
    const found: number[] = getInputTensorIds.call(backend, tensors);
    tensors.forEach(({ dataId, shape, dtype }, i) => {
      if (dataId) recorder.note(found[i]!, { shape, dtype: dtypes[dtype]! });
    });
    return found;
  };
  const { readSync } = backend;
  backend.readSync = (dataId: object) => {
    // A kernel may look at its inputs, to say what is wrong with them.
    const isAsked = (tf.engine() as any).state.kernelDepth === 0,
      { id } = backend.tensorMap.get(dataId) ?? {};
    if (isAsked && recorder.isMoving(id)) throw new TypeError(READS);
    return readSync.call(backend, dataId);
  };
  const overrides = {
    createTensor(shape: number[], dtype: number, values: unknown): number {
      const id = binding.createTensor(shape, dtype, values);
      recorder.noteMade(id, { shape, dtype });
      return id;
    },
    executeOp(op: string, attributes: any[], inputs: number[], outputs: number): any[] {
      const made = binding.executeOp(op, attributes, inputs, outputs);
      recorder.op(op, attributes, inputs, made);
      return made;
    },
  };
  backend.binding = Object.create(
    binding,
    Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, { value }])),
  );
  try {
    ids(examples).forEach((id, i) => recorder.placeholder(id, i));
    const outputs = tf.tidy(() => fn(...examples.map((x) => x.clone())));
    ids(outputs).forEach((id, i) => recorder.output(id, i));
    tf.dispose(outputs);
    return recorder.nodes;
  } finally {
    backend.binding = binding;
    backend.getInputTensorIds = getInputTensorIds;
    delete backend.readSync; // which is the class's again
  }
}
