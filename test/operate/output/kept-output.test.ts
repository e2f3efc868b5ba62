import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Attempt } from "../../../src/ledger/record.ts";
import { type ReadSoFar, unreadLines } from "../../../src/operate/output/kept-output.ts";
import { OutputTail } from "../../../src/runs/output/output-tail.ts";
import { at } from "../../support/a-job.ts";

const attempt = (kept: Pick<Attempt, "output" | "outputLines">): Attempt => ({
  number: 1,
  objectName: "r1-1",
  boundAt: at("12:00"),
  ...kept,
});
const printed = (...last: string[]): ReadSoFar => ({ count: last.length, last });

describe("what a record has kept, without what is printed", () => {
  test.each<[string, Pick<Attempt, "output" | "outputLines">, ReadSoFar, ReturnType<typeof unreadLines>]>([
    [
      "all of it, where nothing is printed",
      { output: "a\nb", outputLines: 2 },
      printed(),
      { lines: ["a", "b"], lost: 0 },
    ],
    ["nothing, where all is printed", { output: "a\nb", outputLines: 2 }, printed("a", "b"), { lines: [], lost: 0 }],
    ["the last line", { output: "a\nb", outputLines: 2 }, printed("a"), { lines: ["b"], lost: 0 }],
    [
      "the last of equal lines",
      { output: "a\na\na", outputLines: 5 },
      printed("a", "a", "a"),
      { lines: ["a", "a"], lost: 0 },
    ],
    ["what is lost between", { output: "d\ne", outputLines: 5 }, printed("a"), { lines: ["d", "e"], lost: 2 }],
    ["the last line, where the record has no count", { output: "a\nb" }, printed("a"), { lines: ["b"], lost: 0 }],
    ["no count of what is lost", { output: "a\nb" }, printed(), { lines: ["a", "b"], lost: "unknown" }],
    ["nothing of a silent process", { outputLines: 0 }, printed(), { lines: [], lost: 0 }],
  ])("is %s", (_, kept, seen, expected) => {
    expect(unreadLines(attempt(kept), seen, "all")).toEqual(expected);
  });

  test("is, with what is printed, each line once, wherever the reading of either stream ended", () => {
    const line = fc.record({ stream: fc.constantFrom("stdout", "stderr"), text: fc.constantFrom("a", "b", "c", "ab") });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.nat(30), fc.nat(30), (lines, stdoutRead, stderrRead) => {
        const of = (stream: string) => lines.filter((each) => each.stream === stream).map(({ text }) => text);
        const seen = [...of("stdout").slice(0, stdoutRead), ...of("stderr").slice(0, stderrRead)];
        const tail = new OutputTail();
        for (const { text } of lines) tail.push(text);
        const output = tail.text();
        const kept = attempt({ ...(output !== undefined && { output }), outputLines: lines.length });
        const rest = unreadLines(kept, printed(...seen), "all");
        expect([...seen, ...rest.lines].sort()).toEqual(lines.map(({ text }) => text).sort());
        expect(rest.lost).toBe(0);
      }),
    );
  });
});
