/** Warns if other processes keep the machine busy, which makes a comparison useless. */
export function warnOfLoad(load: number): void {
  if (load <= 1) return;
  console.error(
    `Other processes keep this machine busy (load ${
      load.toFixed(1)
    }): PyTorch's threads suffer more from that than ours, ` +
      "and the ratios flatter us.",
  );
}
