/** A Markdown table that is also readable as plain text: the first column is aligned left, the others right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) =>
    cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " "))
  );
  const widths = head.map((_, i) => Math.max(3, ...lines.map((cells) => [...cells[i]!].length)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const pad = (cell: string, i: number) => {
    const space = " ".repeat(widths[i]! - [...cell].length);
    return i === 0 ? cell + space : space + cell;
  };
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  const [first, ...others] = lines.map((cells) => line(cells.map(pad)));
  return [first, line(rule), ...others].join("\n");
}
