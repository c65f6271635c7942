import type { tf } from "../../tensor/tf.ts";

/** A tensor as kernels see it: a shape and the key of its memory. */
export type Info = tf.TensorInfo;

/** What the kernels use of the backend; the package does not export its type. */
export interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: tf.DataType): Info;
  disposeData(dataId: Info["dataId"], force?: boolean): boolean;
  incRef(dataId: Info["dataId"]): void;
  readSync(dataId: Info["dataId"], start?: number, end?: number): tf.TypedArray;
  typedArrayFromHeap(info: Info): Float32Array;
  readonly dataIdMap: {
    get(dataId: Info["dataId"]): { readonly memoryOffset: number };
  };
  readonly wasm: {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    /** Takes memory; with {@link refuseWhenFull} it throws where there is none left. */
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** The worker threads; absent where there is one thread only. */
    readonly PThread?: Record<"runningWorkers" | "unusedWorkers", readonly { unref(): void }[]>;
  };
}

/** The floats of a tensor, in place. Where the heap grows the array is no longer valid: take it after all allocations. */
export function floats(backend: WasmBackend, info: Info): Float32Array {
  return backend.typedArrayFromHeap(info);
}

/** Where a tensor begins, in bytes. */
export function address(backend: WasmBackend, { dataId }: Info): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** Frees tensors. */
export function free(backend: WasmBackend, ...infos: readonly Info[]): void {
  for (const { dataId } of infos) backend.disposeData(dataId);
}

/** Makes the backend throw where memory is full: its package would go on and write over what lies at the beginning. */
export function refuseWhenFull({ wasm }: WasmBackend): void {
  // The package puts the function itself in its place when it is called first.
  wasm._free(wasm._malloc(1));
  const { _malloc } = wasm;
  wasm._malloc = (bytes) => {
    const address = _malloc(bytes);
    if (address === 0 && bytes > 0) {
      throw new RangeError(
        `Cannot take ${bytes} bytes more on wasm: the heap has ${wasm.HEAPU8.byteLength}, and 4 GiB is the most`,
      );
    }
    return address;
  };
}
