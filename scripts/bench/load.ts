/** Says so where others keep the machine busy, which spoils a comparison. */
export function warnOfLoad(load: number): void {
  if (load <= 1) return;
  console.error(
    `Others keep this machine busy (load ${
      load.toFixed(1)
    }): PyTorch's threads suffer more from that than ours, ` +
      "and the ratios flatter us.",
  );
}
