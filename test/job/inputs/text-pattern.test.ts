import { describe, expect, it, test } from "vitest";
import { parseTextPattern } from "../../../src/job/inputs/text-pattern.ts";
import { expectLinear } from "../../support/growth.ts";

function matches(source: string, text: string): boolean {
  const pattern = parseTextPattern(source);
  if ("wrong" in pattern) throw new Error(`${source} ${pattern.wrong}`);
  return pattern.matches(text);
}

const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "aab",
  "abab",
  "aaaa",
  "a-b",
  "a1",
  "_",
  "é",
  "🔔",
  "🔔🔔",
  "a.b",
  "A",
  " ",
  "-",
  "]",
  "12",
  "123",
  "^",
  "ba",
];

describe("a pattern matches what the same regular expression matches as a whole", () => {
  const sources = [
    "",
    "a",
    "a*",
    "a+",
    "a?",
    "ab|a",
    "(a|b)*",
    "(?:ab)+",
    "a{2}",
    "a{1,2}",
    "a{2,}",
    "[ab]+",
    "[^a]",
    "[^a]*",
    "[a-c_-]+",
    "[\\]]",
    "[\\w-]+",
    "\\d+",
    "\\D*",
    "\\w",
    "\\W",
    "\\s",
    "\\S+",
    ".",
    "..",
    ".*b",
    "a\\.b",
    "(a*)*",
    "(a|aa)+",
    "(a?){3}",
    "(|a)b",
    "a*?b",
    "a+?",
    "^a",
    "a$",
    "^(a|b)$",
    "^$",
    "[é🔔]",
    "🔔{2}",
    "\\^",
    "[-a]+",
    "(a*)+b?",
    "((a|b){2})*",
    "\\d{1,2}|a+",
    "a||b",
    "()",
  ];
  it.each(sources)("%s", (source) => {
    const reference = new RegExp(`^(?:${source})$`, "u");
    expect(TEXTS.filter((text) => matches(source, text))).toEqual(TEXTS.filter((text) => reference.test(text)));
  });
});

describe("a pattern that is wrong, or would need another matcher, says what to write instead", () => {
  it.each([
    [
      "(?=a)b",
      "has a group that begins with (?=",
      "only (…) and (?:…) are allowed: nothing that looks ahead or behind",
    ],
    [
      "(?!a)b",
      "has a group that begins with (?!",
      "only (…) and (?:…) are allowed: nothing that looks ahead or behind",
    ],
    [
      "(?<x>a)",
      "has a group that begins with (?<",
      "only (…) and (?:…) are allowed: nothing that looks ahead or behind",
    ],
    [
      "(a)\\1",
      "has \\1",
      "after a backslash are allowed d, D, w, W, s, S, and characters such as . that have a meaning of their own",
    ],
    [
      "\\bword",
      "has \\b",
      "after a backslash are allowed d, D, w, W, s, S, and characters such as . that have a meaning of their own",
    ],
    [
      "\\p{L}",
      "has \\p",
      "after a backslash are allowed d, D, w, W, s, S, and characters such as . that have a meaning of their own",
    ],
    ["(a", 'has a "(" that is not closed', "add a )"],
    ["a)", 'has a ")" too many', "write \\) for the character itself"],
    ["[a", 'has a "[" that is not closed', "add a ]"],
    ["[z-a]", "has the range z-a", "write a-z, or \\- for the character itself"],
    ["[\\d-z]", "has a range between classes", "write \\- for the character itself"],
    ["*a", 'has "*" where it repeats or ends nothing', "write \\* for the character itself"],
    ["a**", 'has "*" where it repeats or ends nothing', "write \\* for the character itself"],
    ["a{", 'has a "{" without a number', "write \\{ for the character itself"],
    ["a{2,1}", "has {2,1}", "write the smaller number first"],
    ["a{1001}", "has {1001}", "at most 1000 repetitions are allowed"],
    ["((a{50}){50}){50}", "repeats too much", "write smaller numbers in braces"],
    [
      "a^b",
      'has "^" in its middle',
      "leave it out, since the whole value must match, or write \\^ for the character itself",
    ],
    ["a\\", "ends with a backslash", "write \\\\ for the character itself"],
    ["a".repeat(201), "has 201 characters", "at most 200 are allowed"],
  ])("%s", (source, wrong, instead) => {
    expect(parseTextPattern(source)).toEqual({ wrong, instead });
  });
});

describe("a pattern takes time in proportion to the text", () => {
  const rows = [
    "(a+)+",
    "(a|a)*",
    "(a|aa)*b",
    "(a*)*b",
    "(.*a){10}",
    "a?a?a?a?a?a?a?a?a?a?a*b",
    "([a-z]+)*\\d",
    "(.+)+x{0,400}",
  ];
  test.each(rows)("%s", (source) => {
    const pattern = parseTextPattern(source);
    if ("wrong" in pattern) throw new Error(pattern.wrong);
    expectLinear({ write: (size) => `${"a".repeat(size)}!`, read: pattern.matches, from: 1024, to: 8192 });
  });
});
