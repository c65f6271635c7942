const float = new Float32Array(1), word = new Uint32Array(float.buffer);

/** The largest float16. */
export const largestFloat16 = 65504;

/** The 16 bits of the float16 nearest to a float32; ties go to the even one, what is too large to infinity. */
export function toFloat16(value: number): number {
  float[0] = value;
  const bits = word[0]!, sign = (bits >>> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; //  NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // from 2¹⁶ on
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(float[0]!) * 2 ** 24); // below 2⁻¹⁴: subnormal
  // Half of the last place that stays, less one where that place is even; a carry runs into the exponent.
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** The number that 16 bits of float16 stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >>> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function roundToEven(x: number): number {
  const below = Math.floor(x), rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
