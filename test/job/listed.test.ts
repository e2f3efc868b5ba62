import { expect, test } from "vitest";
import { listed, ordinal } from "../../src/job/listed.ts";

const WORDS = ["one", "two", "three", "four", "five"];
const TYPES = { and: "conjunction", or: "disjunction" } as const;

test.for([0, 1, 2, 3, 4, 5])("%i words are listed as Intl lists them in English", (count) => {
  const words = WORDS.slice(0, count);
  for (const word of ["and", "or"] as const)
    expect(listed(words, word)).toBe(new Intl.ListFormat("en", { type: TYPES[word] }).format(words));
});

test("ordinals have the endings that Intl's rules for English ask for", () => {
  const rules = new Intl.PluralRules("en", { type: "ordinal" });
  const endings: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };
  for (let number = 0; number <= 1130; number++)
    expect(ordinal(number)).toBe(`${number}${endings[rules.select(number)]}`);
});
