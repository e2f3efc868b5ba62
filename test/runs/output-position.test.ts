import { expect, it } from "vitest";
import type { OutputLine } from "../../src/runs/engine.ts";
import { OutputPosition } from "../../src/runs/output-position.ts";
import { at } from "../support/a-job.ts";

const line = (time: string, text: string): OutputLine => ({ stream: "stdout", line: text, at: at(time) });
const [one, two, three, four] = [
  line("12:00:01", "one"),
  line("12:00:02", "two"),
  line("12:00:02", "three"),
  line("12:00:02", "four"),
] as const;

it("asks for all at first, then from the last moment on", () => {
  const position = new OutputPosition();
  expect(position.resume(1000)).toEqual({ tail: 1000 });
  expect([one, two].map((each) => position.isNew(each))).toEqual([true, true]);
  expect(position.resume(1000)).toEqual({ tail: "all", since: at("12:00:02") });
});

it("knows the lines of the last moment again, and not the new ones of that moment", () => {
  const position = new OutputPosition();
  position.resume("all");
  for (const each of [one, two, three]) position.isNew(each);
  position.resume("all");
  expect([two, three, four].map((each) => position.isNew(each))).toEqual([false, false, true]);
  position.resume("all");
  expect([two, three, four].map((each) => position.isNew(each))).toEqual([false, false, false]);
});

it("lets a line through that is the same and came later", () => {
  const position = new OutputPosition();
  position.resume("all");
  expect([one, { ...one, at: at("12:00:05") }].map((each) => position.isNew(each))).toEqual([true, true]);
});
