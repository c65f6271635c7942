import { type Footnote, messageText, subjectsText } from "./_footnotes.ts";

/** A footnote as an item of a list; what is said of each row as a list inside it. */
export function footnoteText(note: Footnote): string {
  const { number, severity, messages, remedy } = note, subjects = subjectsText(note);
  const start = `${number}. **${sentence(severity)}**${subjects ? ` (${subjects})` : ""}`;
  if (messages.length === 1) return `${start} ${stop(messageText(messages[0]!))} ${stop(remedy)}`;
  const indent = " ".repeat(`${number}. `.length);
  return [
    `${start} ${stop(remedy)}`,
    ...messages.map((message) => `${indent}- ${stop(messageText(message))}`),
  ].join("\n");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function stop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
