import { expect, test } from "vitest";
import { parseByteSize } from "../../../src/definition/values/byte-size.ts";

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

/** As docker/go-units and compose-go have them in their own tests of RAMInBytes and UnitBytes. */
test.each([
  ["32", 32],
  ["32b", 32],
  ["32B", 32],
  ["655360", 655_360],
  ["0", 0],
  ["32k", 32_768],
  ["32K", 32_768],
  ["32kb", 32_768],
  ["32Kb", 32_768],
  ["32Kib", 32_768],
  ["32KIB", 32_768],
  ["32Mb", 33_554_432],
  ["32Gb", 34_359_738_368],
  ["32Tb", 35_184_372_088_832],
  ["32.3", 32],
  ["32.3 mb", 33_869_004],
  ["0.3MB", 314_572],
  [".3kB", 307],
  ["512m", 536_870_912],
])("as Docker reads it, %s is %d bytes", (written, bytes) => expect(parseByteSize(written)).toBe(bytes));

test.each(["hello", "-32", " 32 ", "32m b", "32bm", "."])("as to Docker, %j is no size", (written) =>
  expect(parseByteSize(written)).toBeUndefined(),
);

test.each(["", "m", "-1m", "1x", "1e3", "1,5g", "9999999t", "64 mega"])("%j is no size", (written) =>
  expect(parseByteSize(written)).toBeUndefined(),
);
