/** Whether the whole text is as the pattern says: `*` stands for any characters or none, `?` for one. */
export function matchesGlob(pattern: string, text: string): boolean {
  // One star after the other would only make the search longer.
  const escaped = pattern.replace(/\*+/g, "*").replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su").test(text);
}
