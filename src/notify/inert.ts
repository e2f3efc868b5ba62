/** Keeps texts of jobs and engines from being more than text. */

/** What cannot be seen, and stands between two characters that would mean more together. */
const GAP = "\u200B";

/** Returns the text so that no receiver makes a mention, a link or an address to click of what a job or an engine wrote. */
export function inert(text: string): string {
  return text.replaceAll(/@(?=[\w@])|\](?=\()|:(?=\/\/)|<(?=[@!#:])/g, `$&${GAP}`);
}

/** Returns text for a block between ``` that it cannot end. */
export function fenced(text: string): string {
  return text.replaceAll("```", `\`${GAP}\`${GAP}\``);
}

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => HTML[character] ?? character);
}
