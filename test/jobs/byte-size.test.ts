import { expect, test } from "vitest";
import { parseByteSize } from "../../src/jobs/byte-size.ts";

test.each([
  ["1024", 1024],
  ["64b", 64],
  ["2k", 2048],
  ["64m", 67_108_864],
  ["64M", 67_108_864],
  ["64MB", 67_108_864],
  ["64MiB", 67_108_864],
  ["1.5g", 1_610_612_736],
  ["1gb", 1_073_741_824],
  ["1 g", 1_073_741_824],
])("%s is %d bytes", (written, bytes) => expect(parseByteSize(written)).toBe(bytes));

test.each(["", "m", "-1m", "1x", "1e3", "1,5g", "9999999t", "64 mega"])("%j is no size", (written) =>
  expect(parseByteSize(written)).toBeUndefined(),
);
