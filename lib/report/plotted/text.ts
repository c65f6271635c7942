/** Text as Plotly shows it as it is: it takes `<b>` and `&amp;` for HTML. */
export function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The same in bold. */
export function bold(text: string): string {
  return `<b>${plain(text)}</b>`;
}

/** Lines as Plotly takes them. */
export function broken(lines: readonly string[]): string {
  return lines.map(plain).join("<br>");
}
