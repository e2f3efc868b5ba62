import { describe, expect, test } from "vitest";
import { expectLinear } from "./growth.ts";

describe("the test of growth", () => {
  test("passes what reads each character once", () =>
    expectLinear({ write: (size) => "1h".repeat(size / 2), read: (text) => text.match(/^(?:\d+[hms])+$/) }));

  test("passes what refuses by length", () =>
    expectLinear({ write: (size) => "a".repeat(size), read: (text) => text.length > 1000 }));

  test("fails what reads each character once for each character", () => {
    const quadratic = { write: (size: number) => "1".repeat(size), read: (text: string) => /^\d+\d+[hms]$/.test(text) };
    expect(() => expectLinear(quadratic)).toThrow(/characters take \d+\.\d times as long/);
  });
});
