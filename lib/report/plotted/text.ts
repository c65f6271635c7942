/** Text that Plotly prints unchanged: it would read `<b>` and `&amp;` as HTML. */
export function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Bold text for Plotly. */
export function bold(text: string): string {
  return `<b>${plain(text)}</b>`;
}

/** Lines of text for Plotly. */
export function broken(lines: readonly string[]): string {
  return lines.map(plain).join("<br>");
}
