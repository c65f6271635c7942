import type { Info, WasmBackend } from "./heap.ts";
import { FLOAT } from "./sizes.ts";

/** So much memory is kept for filters that are not in use now: in floats. */
const MOST_FLOATS = 2 ** 27;

interface Packed {
  readonly address: number;
  readonly floats: number;
}

/**
 * Filters in the order in which kernels read them, for as long as the tensors live that they were made of: those of a
 * frozen network are packed once.
 */
export class PackedFilters {
  readonly #backend: WasmBackend;
  /** In the order of their last use. */
  readonly #packed = new Map<object, Map<string, Packed>>();
  #floats = 0;

  constructor(backend: WasmBackend) {
    this.#backend = backend;
    const disposeData = backend.disposeData.bind(backend);
    backend.disposeData = (dataId, force) => {
      const gone = disposeData(dataId, force);
      if (gone) this.#forget(dataId);
      return gone;
    };
  }

  #forget(dataId: object): void {
    for (const { address, floats } of this.#packed.get(dataId)?.values() ?? []) {
      this.#backend.wasm._free(address);
      this.#floats -= floats;
    }
    this.#packed.delete(dataId);
  }

  /**
   * The address of a packed filter. One memory may be a filter under several shapes: each is packed by itself.
   *
   * @param filter What is packed.
   * @param order A name for the order.
   * @param floats How many floats it takes.
   * @param pack Puts them there; they are 0 before.
   */
  address(filter: Info, order: string, floats: number, pack: (to: Float32Array) => void): number {
    const known = this.#packed.get(filter.dataId) ?? new Map<string, Packed>();
    this.#packed.delete(filter.dataId);
    this.#packed.set(filter.dataId, known);
    const key = `${order} [${filter.shape}]`, found = known.get(key);
    if (found) return found.address;
    for (const dataId of this.#packed.keys()) {
      if (this.#floats + floats <= MOST_FLOATS || dataId === filter.dataId) break;
      this.#forget(dataId);
    }
    const { wasm } = this.#backend, address = wasm._malloc(floats * FLOAT) >>> 0;
    known.set(key, { address, floats });
    this.#floats += floats;
    pack(new Float32Array(wasm.HEAPU8.buffer, address, floats).fill(0));
    return address;
  }
}
