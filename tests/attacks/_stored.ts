/** Integers of a safetensors file in fixtures/golden, by name. */
const arrays = { I16: Int16Array, U8: Uint8Array };

export interface Stored {
  readonly values: Float32Array;
  readonly shape: number[];
}

export async function stored(name: string): Promise<Readonly<Record<string, Stored>>> {
  const { buffer } = await Deno.readFile(new URL(`../../fixtures/golden/${name}`, import.meta.url));
  const length = Number(new DataView(buffer).getBigUint64(0, true)), begin = 8 + length;
  const header: Record<string, { dtype: keyof typeof arrays; shape: number[]; data_offsets: number[] }> = JSON
    .parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return Object.fromEntries(
    Object.entries(header).map(([key, { dtype, shape, data_offsets: [from, to] }]) => {
      const values = new arrays[dtype](buffer.slice(begin + from!, begin + to!));
      return [key, { values: Float32Array.from(values), shape }];
    }),
  );
}
