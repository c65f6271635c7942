// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
/**
 * The wasm engine's compiler: records the kernels that one call of a function runs, puts together what can be done in one
 * pass, and from then on runs these kernels alone, without the engine's tapes and scopes.
 */
import type { Compiled, Compiler, TensorFunction } from "../../tensor/compile.ts";
import { tf } from "../../tensor/tf.ts";
import type { Info, WasmBackend } from "./heap.ts";
import { runKernel } from "./registry.ts";
import { fused } from "./fuse.ts";
import { type Graph, mapped, type Node, type Use, usesOf, type Value } from "./graph.ts";

/** Runs the function once with every kernel watched. What is the same in every run stays alive, and is put into `constants`. */
function record(
  backend: WasmBackend,
  fn: TensorFunction,
  examples: readonly tf.Tensor[],
  constants: Set<Info["dataId"]>,
): Graph {
  const values = new Map<Info["dataId"], Value>(), nodes: Node[] = [];
  const constant = (dataId: Info["dataId"]): Value => {
    backend.incRef(dataId);
    constants.add(dataId);
    return { constant: dataId };
  };
  const use = ({ dataId, shape, dtype }: Info): Use => {
    const value = values.get(dataId) ?? constant(dataId);
    values.set(dataId, value);
    return { value, shape: [...shape], dtype };
  };
  const copies = examples.map((x) => tf.tensor(x.dataSync(), x.shape, x.dtype));
  const args = copies.map(({ dataId }) => {
    const value: Value = {};
    values.set(dataId, value);
    return value;
  });

  let inside = false;
  const watched = (kernel: string, run: (given: any) => Info | Info[]) => (given: any) => {
    if (inside) return run(given);
    inside = true;
    let made: Info | Info[];
    try {
      made = run(given);
    } finally {
      inside = false;
    }
    const outputs = [made].flat();
    // The same memory under another shape: nothing is done.
    if (outputs.every(({ dataId }) => values.has(dataId))) return made;
    const inputs = mapped<Info, Use>(given.inputs, use);
    const fixed = (Object.values(inputs).flat() as Use[]).every(({ value }) => value.constant !== undefined);
    for (const { dataId } of outputs) {
      if (!values.has(dataId)) values.set(dataId, fixed ? constant(dataId) : {});
    }
    if (!fixed) nodes.push({ kernel, inputs, attributes: given.attrs, outputs: outputs.map(use) });
    return made;
  };
  const { readSync } = backend;
  const guarded: typeof readSync = (dataId, ...range) => {
    const value = values.get(dataId);
    if (!inside && value !== undefined && value.constant === undefined) {
      throw new TypeError(
        "Cannot compile a function that reads numbers which depend on its inputs: they would be the same in every call",
      );
    }
    return readSync.call(backend, dataId, ...range);
  };
  const kernels = tf.getKernelsForBackend("wasm") as { kernelName: string; kernelFunc: any }[];
  const originals = kernels.map(({ kernelFunc }) => kernelFunc);
  let results: Use[] = [];
  try {
    backend.readSync = guarded;
    kernels.forEach((kernel) => kernel.kernelFunc = watched(kernel.kernelName, kernel.kernelFunc));
    // Clones, since a result may be a tensor that the function closes over.
    const outputs = tf.tidy(() => fn(...copies).map((x) => x.clone()));
    results = outputs.map((tensor) => use(tensor));
    tf.dispose(outputs);
  } finally {
    backend.readSync = readSync;
    kernels.forEach((kernel, i) => kernel.kernelFunc = originals[i]);
    tf.dispose(copies);
  }
  return { arguments: args, nodes, results };
}

/** The nodes that lead to a result. */
function needed({ nodes, results, ...rest }: Graph): Graph {
  const wanted = new Set<Value>(results.map(({ value }) => value)), kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some(({ value }) => wanted.has(value))) continue;
    for (const { value } of usesOf(node)) wanted.add(value);
    kept.unshift(node);
  }
  return { ...rest, nodes: kept, results };
}

/** What each step may free: values that nothing later asks for. */
function lastUses({ nodes, results, arguments: args }: Graph): Value[][] {
  const last = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const { value } of [...node.outputs, ...usesOf(node)]) last.set(value, i);
  });
  const staying = new Set<Value>([...args, ...results.map(({ value }) => value)]);
  const free: Value[][] = nodes.map(() => []);
  for (const [value, i] of last) {
    if (value.constant === undefined && !staying.has(value)) free[i]!.push(value);
  }
  return free;
}

function compiled(backend: WasmBackend, fn: TensorFunction, examples: readonly tf.Tensor[]): Compiled {
  const constants = new Set<Info["dataId"]>();
  const release = (dataId: Info["dataId"]) => {
    constants.delete(dataId);
    if (backend.disposeData(dataId)) tf.engine().removeDataId(dataId, tf.backend());
  };
  let recorded: Graph;
  try {
    recorded = record(backend, fn, examples, constants);
  } catch (error) {
    constants.forEach(release);
    throw error;
  }
  const graph = needed(fused(needed(recorded)));
  const asked = new Set(
    [...graph.nodes.flatMap(usesOf), ...graph.results].map(({ value }) => value.constant),
  );
  for (const dataId of constants) if (!asked.has(dataId)) release(dataId);
  const free = lastUses(graph);
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs.map(({ value }) => value)));

  const run = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    const memory = new Map<Value, Info["dataId"]>();
    graph.arguments.forEach((value, i) => memory.set(value, inputs[i]!.dataId));
    const freed = (value: Value): void => {
      backend.disposeData(memory.get(value)!);
      memory.delete(value);
    };
    const info = ({ value, shape, dtype }: Use): Info => ({
      dataId: value.constant ?? memory.get(value)!,
      shape: shape as number[],
      dtype,
    });
    try {
      graph.nodes.forEach(({ kernel, inputs, attributes, outputs }, i) => {
        const given = mapped<Use, Info>(inputs, info);
        const results = [runKernel(backend, kernel, given as Record<string, Info>, attributes)].flat();
        outputs.forEach(({ value }, k) => memory.set(value, results[k]!.dataId));
        free[i]!.forEach(freed);
      });
    } catch (error) {
      made.forEach((value) => memory.has(value) && freed(value));
      throw error;
    }
    // Each result owns its memory once; what a kernel has made is owned by the first of them already.
    const owned = new Set(made);
    return graph.results.map((use) => {
      const result = info(use);
      if (!owned.delete(use.value)) backend.incRef(result.dataId);
      return tf.engine().makeTensorFromTensorInfo(result);
    });
  };
  return Object.assign(run, { dispose: () => constants.forEach(release) });
}

/** The compiler of the wasm engine. */
export function kernelCompiler(backend: WasmBackend): Compiler {
  return (fn, examples) => compiled(backend, fn, examples);
}
