/** Whether something works, is not there but could be, or is wrong. */
export type State = "fine" | "missing" | "wrong";

/** One thing that the doctor has seen. */
export interface Told {
  readonly state: State;
  readonly says: string;
  /** The command that helps. */
  readonly helps?: string;
}

const SIGNS: Readonly<Record<State, string>> = { fine: "✓", missing: "·", wrong: "✗" };

/** What was seen of one part, as lines. */
export function lines(part: string, told: readonly Told[]): string[] {
  return told.flatMap(({ state, says, helps }, i) => [
    `${SIGNS[state]} ${(i === 0 ? part : "").padEnd(10)} ${says}`,
    ...(helps ? [`${" ".repeat(13)}→ ${helps}`] : []),
  ]);
}
