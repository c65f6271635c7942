/** A setting as text: `attack pgd, ball (norm linf, epsilon 8 / 255), steps 10`. */
export function settingText(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return value.map(settingText).join(", ");
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value).filter(([, v]) => v !== undefined).map(([key, v]) =>
    v !== null && typeof v === "object" ? `${key} (${settingText(v)})` : `${key} ${settingText(v)}`
  ).join(", ");
}

/** A number as multiple of 1 / 255 where it is one: 0.03137… is `8 / 255`. */
function numberText(value: number): string {
  const levels = value * 255;
  const whole = Math.abs(levels - Math.round(levels)) < 1e-6 && !Number.isInteger(value);
  return whole ? `${Math.round(levels)} / 255` : String(Number(value.toPrecision(6)));
}
