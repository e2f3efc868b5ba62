/*
 * Two things of English. `Intl` knows them as well, and loads tables of 7 MB for them into a scheduler that never speaks.
 */

/** Returns `a`, `a and b`, `a, b, and c`. */
export function listed(words: readonly string[], word: "and" | "or"): string {
  if (words.length < 3) return words.join(` ${word} `);
  return `${words.slice(0, -1).join(", ")}, ${word} ${words.at(-1)}`;
}

/** Returns `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`. */
export function ordinal(number: number): string {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(isTeen ? undefined : ["th", "st", "nd", "rd"][number % 10]) ?? "th"}`;
}
