// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
/**
 * The native backend's compiler: records the TensorFlow ops that one call of a function executes, writes them as a
 * graph, and runs the graph in one session call. TensorFlow then fuses convolution, bias and ReLU, folds constants,
 * and schedules branches side by side.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Compiled, registerCompiler, type TensorFunction } from "../compile.ts";
import { tf } from "../tf.ts";

/** The graph version of TensorFlow 2.21; older producers get older defaults. */
const PRODUCER = 1882;

/** Registers the compiler for the native backend. */
export function registerGraphCompiler(): void {
  const require = createRequire(import.meta.url);
  const messages = require(join(dirname(require.resolve("@tensorflow/tfjs-node-gpu")), "proto/api_pb.js"));
  registerCompiler("tensorflow", (fn, examples) => graph(messages, fn, examples));
}

interface Meta {
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** Collects nodes of a GraphDef while ops run. */
class Recorder {
  readonly #messages: any;
  readonly #binding: any;
  readonly graph: any;
  /** What each tensor of the backend is called in the graph. */
  readonly names = new Map<number, string>();
  readonly meta = new Map<number, Meta>();
  #count = 0;

  constructor(messages: any, binding: any) {
    this.#messages = messages;
    this.#binding = binding;
    this.graph = new messages.GraphDef();
  }

  #node(
    op: string,
    name: string,
    attributes: Record<string, (value: any) => void>,
    inputs: string[] = [],
  ): void {
    const node = new this.#messages.NodeDef();
    node.setName(name);
    node.setOp(op);
    node.setInputList(inputs);
    for (const [key, set] of Object.entries(attributes)) {
      const value = new this.#messages.AttrValue();
      set(value);
      node.getAttrMap().set(key, value);
    }
    this.graph.addNode(node);
  }

  #shape(shape: readonly number[]): any {
    const message = new this.#messages.TensorShape();
    message.setDimList(shape.map((size) => {
      const dim = new this.#messages.TensorShape.Dim();
      dim.setSize(size);
      return dim;
    }));
    return message;
  }

  placeholder(id: number, index: number): void {
    const { shape, dtype } = this.meta.get(id)!;
    const name = `in${index}`;
    this.names.set(id, `${name}:0`);
    this.#node("Placeholder", name, {
      dtype: (value) => value.setType(dtype),
      shape: (value) => value.setShape(this.#shape(shape)),
    });
  }

  constant(id: number): string {
    const { shape, dtype } = this.meta.get(id)!;
    const data = this.#binding.tensorDataSync(id);
    const tensor = new this.#messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(this.#shape(shape));
    tensor.setTensorContent(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const name = `c${this.#count++}`;
    this.#node("Const", name, {
      dtype: (value) => value.setType(dtype),
      value: (value) => value.setTensor(tensor),
    });
    this.names.set(id, `${name}:0`);
    return `${name}:0`;
  }

  /** A node that renames a tensor: an output may be an input, and one tensor may be two outputs. */
  identity(id: number, index: number): string {
    const { dtype } = this.meta.get(id)!;
    const name = `out${index}`;
    this.#node("Identity", name, { T: (value) => value.setType(dtype) }, [
      this.names.get(id) ?? this.constant(id),
    ]);
    return `${name}:0`;
  }

  op(op: string, attributes: any[], inputs: number[], outputs: any[]): void {
    const name = `n${this.#count++}`;
    if (op === "ExpandDims") { // the one kernel that leaves its type to be inferred, which graphs don't do
      const { dtype } = this.meta.get(inputs[0]!)!;
      attributes = [{ name: "T", type: this.#binding.TF_ATTR_TYPE, value: dtype }];
    }
    this.#node(
      op,
      name,
      Object.fromEntries(attributes.map((a) => [a.name, (value: any) => this.#attribute(value, a)])),
      inputs.map((id) => this.names.get(id) ?? this.constant(id)),
    );
    outputs.forEach(({ id, shape, dtype }, i) => {
      this.names.set(id, `${name}:${i}`);
      this.meta.set(id, { shape, dtype });
    });
  }

  #attribute(message: any, { name, type, value }: any): void {
    const b = this.#binding;
    const list = () => {
      const values = new this.#messages.AttrValue.ListValue();
      message.setList(values);
      return values;
    };
    const many = Array.isArray(value);
    if (type === b.TF_ATTR_STRING) message.setS(new TextEncoder().encode(value));
    else if (type === b.TF_ATTR_INT) many ? list().setIList(value) : message.setI(value);
    else if (type === b.TF_ATTR_FLOAT) many ? list().setFList(value) : message.setF(value);
    else if (type === b.TF_ATTR_BOOL) many ? list().setBList(value) : message.setB(value);
    else if (type === b.TF_ATTR_TYPE) message.setType(value);
    else if (type === b.TF_ATTR_SHAPE) message.setShape(this.#shape(value));
    else throw new TypeError(`Cannot record attribute ${name} of type ${type}`);
  }

  /** The graph as a SavedModel without variables. */
  savedModel(): Uint8Array {
    const m = this.#messages;
    const versions = new m.VersionDef();
    versions.setProducer(PRODUCER);
    this.graph.setVersions(versions);
    const info = new m.MetaGraphDef.MetaInfoDef();
    info.setTagsList(["serve"]);
    const meta = new m.MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(this.graph);
    const model = new m.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.setMetaGraphsList([meta]);
    return model.serializeBinary();
  }
}

/** Runs `fn` once with everything that reaches the addon passed through a recorder. */
function record(messages: any, fn: TensorFunction, examples: readonly tf.Tensor[]): [Recorder, string[]] {
  const backend = tf.backend() as any;
  const binding = backend.binding;
  const recorder = new Recorder(messages, binding);
  const ids = (tensors: readonly tf.Tensor[]): number[] => backend.getInputTensorIds(tensors);
  const dtypes: Record<string, number> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
  };
  const note = (tensors: readonly any[], found: readonly number[]) =>
    tensors.forEach((tensor, i) => {
      const id = found[i]!;
      if (tensor.dataId && !recorder.meta.has(id)) {
        recorder.meta.set(id, { shape: tensor.shape, dtype: dtypes[tensor.dtype]! });
      }
    });

  const getInputTensorIds = backend.getInputTensorIds;
  backend.getInputTensorIds = (tensors: any[]) => {
    const found = getInputTensorIds.call(backend, tensors);
    note(tensors, found);
    return found;
  };
  const deferred: number[] = []; // freed at the end: an id must not be used twice while recording
  const overrides = {
    createTensor(shape: number[], dtype: number, values: unknown): number {
      const id = binding.createTensor(shape, dtype, values);
      recorder.meta.set(id, { shape, dtype });
      return id;
    },
    executeOp(op: string, attributes: any[], inputs: number[], outputs: number): any[] {
      const made = binding.executeOp(op, attributes, inputs, outputs);
      recorder.op(op, attributes, inputs, made);
      return made;
    },
    deleteTensor(id: number): void {
      deferred.push(id);
    },
  };
  backend.binding = Object.create(
    binding,
    Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, { value }])),
  );
  try {
    ids(examples).forEach((id, i) => recorder.placeholder(id, i));
    const outputs = tf.tidy(() => fn(...examples.map((x) => x.clone())));
    const names = ids(outputs).map((id, i) => recorder.identity(id, i));
    tf.dispose(outputs);
    return [recorder, names];
  } finally {
    backend.binding = binding;
    backend.getInputTensorIds = getInputTensorIds;
    for (const id of deferred) binding.deleteTensor(id);
  }
}

/** The examples, with copies for those that share their values with an earlier one: each input needs a name of its own. */
function apart(examples: readonly tf.Tensor[]): tf.Tensor[] {
  const seen = new Set<object>();
  return examples.map((x) => {
    if (seen.has(x.dataId)) return tf.tensor(x.dataSync(), x.shape, x.dtype);
    seen.add(x.dataId);
    return x;
  });
}

function graph(messages: any, fn: TensorFunction, examples: readonly tf.Tensor[]): Compiled {
  const backend = tf.backend() as any;
  const { binding } = backend;
  const own = apart(examples);
  const [recorder, outputs] = record(messages, fn, own);
  own.forEach((tensor, i) => tensor !== examples[i] && tensor.dispose());
  const folder = Deno.makeTempDirSync({ prefix: "gcln-graph-" });
  let session: number;
  try {
    Deno.writeFileSync(join(folder, "saved_model.pb"), recorder.savedModel());
    session = binding.loadSavedModel(folder, "serve");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  const inputNames = examples.map((_, i) => `in${i}:0`).join(",");
  const outputNames = outputs.join(",");
  const shapes = examples.map((x) => x.shape);
  const run = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    inputs.forEach((x, i) => {
      if (!tf.util.arraysEqual(x.shape, shapes[i]!)) {
        throw new RangeError(`Compiled for input ${i} of shape [${shapes[i]}], got [${x.shape}]`);
      }
    });
    const made = binding.runSavedModel(session, backend.getInputTensorIds(inputs), inputNames, outputNames);
    return made.map((meta: any) => backend.createOutputTensor(meta));
  };
  return Object.assign(run, { dispose: () => binding.deleteSavedModel(session) });
}
