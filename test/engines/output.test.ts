import { expect, it } from "vitest";
import type { OutputLine } from "../../src/engines/engine.ts";
import { latestTime, linesAfter, OutputProgress } from "../../src/engines/output.ts";

type Line = Pick<OutputLine, "stream" | "time" | "line">;
const line = (seconds: number, text: string, stream: OutputLine["stream"] = "stdout"): Line => ({
  stream,
  line: text,
  time: `2026-11-18T12:00:0${seconds}.000000000Z`,
});

/** What of `output` is behind the place at which `read` ended. */
function restOf(output: readonly Line[], read: readonly Line[], tail: number | "all" = "all"): string[] {
  const progress = new OutputProgress({ tail });
  for (const each of read) progress.note(each);
  return output.filter(linesAfter(progress.position)).map((each) => each.line);
}

const output = [line(1, "one"), line(2, "two"), line(2, "three"), line(2, "four"), line(3, "five")];

it("has all lines behind it before the first one was read", () => {
  expect(restOf(output, [])).toEqual(["one", "two", "three", "four", "five"]);
});

it.each([1, 2, 3, 4, 5])(
  "has the lines behind it that come after the first %i, also those of the same time",
  (count) => {
    expect(restOf(output, output.slice(0, count))).toEqual(output.slice(count).map((each) => each.line));
  },
);

it("is one for each stream: they are not read in the exact order of their times", () => {
  const error = line(1, "oops", "stderr");
  expect(restOf([...output, error], output)).toEqual(["oops"]);
});

it("has nothing behind it from before the last lines, where only these were wanted", () => {
  const error = line(1, "oops", "stderr");
  expect(restOf([error, ...output], output.slice(3), 2)).toEqual([]);
});

it("goes on from another one", () => {
  const first = new OutputProgress({ tail: "all" });
  first.note(line(2, "two"));
  const { position } = first;
  const second = new OutputProgress({ tail: "all", ...(position && { after: position }) });
  second.note(line(2, "three"));
  expect(output.filter(linesAfter(second.position)).map((each) => each.line)).toEqual(["four", "five"]);
  expect(second.position && latestTime(second.position)).toBe("2026-11-18T12:00:02.000000000Z");
});
