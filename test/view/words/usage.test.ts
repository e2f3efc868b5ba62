import { expect, it } from "vitest";
import type { Usage } from "../../../src/ledger/record.ts";
import { bytesInWords, usageInWords } from "../../../src/view/words/usage.ts";

it.each<[number, string]>([
  [0, "0 KiB"],
  [1023, "0.9 KiB"],
  [655_360, "640 KiB"],
  [1_048_575, "1023 KiB"],
  [1_048_576, "1 MiB"],
  [108_422_103, "103 MiB"],
  [1_395_864_371, "1.2 GiB"],
  [3e12, "2.7 TiB"],
])("%d bytes are %s, and never more than they are", (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words);
});

it.each<[string, Usage | undefined, string | undefined]>([
  ["both figures", { cpuMs: 2100, peakMemoryBytes: 108_422_103 }, "2.1 s of CPU and 103 MiB of memory"],
  ["CPU alone", { cpuMs: 3_723_000 }, "1 h 2 min of CPU"],
  ["CPU that is not quite what the next second would be", { cpuMs: 99_999 }, "1 min 39 s of CPU"],
  ["little CPU", { cpuMs: 34 }, "34 ms of CPU"],
  ["memory alone", { peakMemoryBytes: 655_360 }, "640 KiB of memory"],
  ["no figure", {}, undefined],
  ["nothing", undefined, undefined],
])("the words for %s", (_name, usage, words) => {
  expect(usageInWords(usage)).toBe(words);
});
