export function start(): Promise<string> {
  throw new Error("not yet");
}
