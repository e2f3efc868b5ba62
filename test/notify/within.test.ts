import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHtml, fenced, inert } from "../../src/notify/inert.ts";
import { jsonBytesOf, lastLinesWithin, utf8BytesOf, within } from "../../src/notify/within.ts";

describe("a text that is cut", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["abcd", 1, "…"],
    ["", 5, ""],
    ["😀😀😀", 5, "😀😀…"],
    ["😀😀😀", 4, "😀…"],
  ])("%j to %d is %j", (text, most, cut) => expect(within(text, most)).toBe(cut));

  it("is never longer than it may be, whatever is counted, and stays whole characters", () => {
    const costs = [undefined, utf8BytesOf, jsonBytesOf, (c: string) => escapeHtml(c).length];
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.integer({ min: 6, max: 60 }),
        fc.constantFrom(...costs),
        (text, most, cost) => {
          const cut = within(text, most, cost);
          const size = [...cut].reduce((sum, character) => sum + (cost ? cost(character) : character.length), 0);
          expect(size).toBeLessThanOrEqual(most);
          expect(cut.isWellFormed() || !text.isWellFormed()).toBe(true);
          if (cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
        },
      ),
    );
  });
});

describe("the last lines", () => {
  it.each([
    [["a", "b"], 10, "a\nb"],
    [["aaaa", "bbbb", "cccc"], 8, "…\ncccc"],
    [["aaaa", "bbbb", "cccc"], 12, "…\nbbbb\ncccc"],
    [["aaaaaaaaaa"], 5, "aaaa…"],
    [["aaaa", "bbbbbbbbbb"], 5, "bbbb…"],
    [[], 5, ""],
  ])("%j within %d are %j", (lines, most, text) => expect(lastLinesWithin(lines, most)).toBe(text));

  it("are never longer than they may be", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 5, max: 60 }), (lines, most) => {
        expect(lastLinesWithin(lines, most).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("what others wrote", () => {
  it.each([
    ["@everyone and ops@example.org", "@\u200beveryone and ops@\u200bexample.org"],
    ["[click](https://x.example)", "[click]\u200b(https:\u200b//x.example)"],
    ["<!here> <@U1> <#C1> a<b", "<\u200b!here> <\u200b@\u200bU1> <\u200b#C1> a<b"],
    ["5 @ 3, a: b, [x] (y)", "5 @ 3, a: b, [x] (y)"],
  ])("%j mentions nobody and links nowhere", (text, shown) => expect(inert(text)).toBe(shown));

  it("cannot end the block that it stands in", () => {
    for (const text of ["```", "````", "a```b``````"]) expect(fenced(text)).not.toContain("```");
  });
});
