// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";
import { replaceKernel } from "./registry.ts";

/** The same memory under another handle. */
function shared(backend: WasmBackend, { dataId, shape, dtype }: Info): Info {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** 1 for all but 0, NaN too. The package's own takes the lowest byte: 0.5 would be false. */
function truth(backend: WasmBackend, x: Info): Info {
  const result = backend.makeOutput(x.shape, "bool"), from = floats(backend, x), to = floats(backend, result);
  for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1;
  return result;
}

/** A box out of x, copied in runs as long as they lie in one piece. */
function slice(backend: WasmBackend, x: Info, begin: readonly number[], size: readonly number[]): Info {
  const result = backend.makeOutput(size, x.dtype);
  // The last axis that is cut; what follows is whole.
  let last = x.shape.length - 1;
  while (last > 0 && size[last] === x.shape[last]) last--;
  const strides = [...tf.util.computeStrides(x.shape as number[]), 1];
  const stride = strides[last]!, run = size[last]! * stride;
  const from = floats(backend, x), to = floats(backend, result);
  const index = Array.from({ length: last }, () => 0);
  for (let t = 0; t < to.length; t += run) {
    let f = begin[last]! * stride;
    for (let axis = 0; axis < last; axis++) f += (begin[axis]! + index[axis]!) * strides[axis]!;
    to.set(from.subarray(f, f + run), t);
    for (let axis = last - 1; axis >= 0 && ++index[axis]! === size[axis]; axis--) index[axis] = 0;
  }
  return result;
}

/** x again and again along each axis: a piece is put together once, and then copied. */
function tile(backend: WasmBackend, x: Info, reps: readonly number[]): Info {
  const result = backend.makeOutput(x.shape.map((side, axis) => side * reps[axis]!), x.dtype);
  const from = floats(backend, x), to = floats(backend, result);
  let f = 0, t = 0;
  const put = (axis: number): void => {
    if (axis === reps.length) return void (to[t++] = from[f++]!);
    const start = t;
    for (let i = 0; i < x.shape[axis]!; i++) put(axis + 1);
    const end = t;
    for (let i = 1; i < reps[axis]!; i++, t += end - start) to.copyWithin(t, start, end);
  };
  put(0);
  return result;
}

/**
 * The slices of x that the indices name, along an axis. The first `batchDims` axes of x and of the indices go together.
 */
function gather(
  backend: WasmBackend,
  x: Info,
  indices: Info,
  { axis, batchDims }: { readonly axis: number; readonly batchDims: number },
): Info {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = tf.backend_util.segment_util
    .collectGatherOpShapeInfo(x as tf.Tensor, indices as tf.Tensor, axis, batchDims);
  const wrong = floats(backend, indices).find((place) => !(place >= 0 && place < dimSize));
  if (wrong !== undefined) {
    // In TensorFlow.js's words.
    throw new RangeError(`GatherV2: the index value ${wrong} is not in [0, ${dimSize - 1}]`);
  }
  const result = backend.makeOutput(outputShape, x.dtype);
  const from = floats(backend, x), to = floats(backend, result), places = floats(backend, indices);
  const each = places.length / batchSize, whole = dimSize * sliceSize;
  for (let batch = 0, t = 0; batch < batchSize; batch++) {
    for (let outer = 0; outer < outerSize; outer++) {
      const start = (batch * outerSize + outer) * whole;
      for (let i = 0; i < each; i++, t += sliceSize) {
        const f = start + places[batch * each + i]! * sliceSize;
        if (sliceSize === 1) to[t] = from[f]!;
        else to.set(from.subarray(f, f + sliceSize), t);
      }
    }
  }
  return result;
}

/**
 * Replaces kernels that copy more than they need to, `Identity` and `Cast` where nothing changes, `Slice`, and `Tile`,
 * which takes 66 nanoseconds for each number; `Cast` to bool; and `GatherV2`, whose own takes the wrong indices for all
 * but the first of several batches.
 */
export function registerMoves(): void {
  const stock = (name: string) => tf.getKernel(name, "wasm")!.kernelFunc as (given: any) => Info;
  const identity = stock("Identity"),
    cast = stock("Cast"),
    stockSlice = stock("Slice"),
    stockTile = stock("Tile"),
    stockGather = stock("GatherV2");
  replaceKernel("Identity", (given) => {
    const { inputs: { x }, backend } = given;
    return x.dtype === "string" ? identity(given) : shared(backend, x);
  });
  replaceKernel("Cast", (given) => {
    const { inputs: { x }, backend, attrs } = given;
    if (x.dtype === "string") return cast(given);
    if (x.dtype === attrs.dtype) return shared(backend, x);
    return attrs.dtype === "bool" ? truth(backend, x) : cast(given);
  });
  replaceKernel("Slice", (given) => {
    const { inputs: { x }, backend, attrs } = given;
    if (x.dtype === "string" || x.shape.length === 0) return stockSlice(given);
    const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size);
    tf.slice_util.assertParamsValid(x, begin!, size!);
    return slice(backend, x, begin!, size!);
  });
  replaceKernel("Tile", (given) => {
    const { inputs: { x }, backend, attrs: { reps } } = given;
    return x.dtype === "string" ? stockTile(given) : tile(backend, x, reps);
  });
  replaceKernel("GatherV2", (given) => {
    const { inputs: { x, indices }, backend, attrs } = given;
    if (x.dtype === "string") return stockGather(given);
    const [axis] = tf.util.parseAxisParam(attrs.axis, x.shape);
    return gather(backend, x, indices, { axis: axis!, batchDims: attrs.batchDims });
  });
}
