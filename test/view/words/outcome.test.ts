import { expect, test } from "vitest";
import type { Outcome } from "../../../src/ledger/record.ts";
import { outcomeInSentence, outcomeInTable } from "../../../src/view/words/outcome.ts";

const request = (exitCode: number, message: string): Outcome => ({ kind: "failed", exitCode, oom: false, message });

test.each<[Outcome, string, string]>([
  [{ kind: "succeeded", exitCode: 0 }, "succeeded", "succeeded after 2 s"],
  [{ kind: "failed", exitCode: 2, oom: false }, "failed (2)", "failed with exit code 2 after 2 s"],
  [
    { kind: "failed", exitCode: 137, oom: true },
    "failed (137, out of memory)",
    "failed with exit code 137 (out of memory) after 2 s",
  ],
  [request(22, "status 503"), "failed (status 503)", "failed after 2 s, status 503"],
  [
    request(22, "status 302, a redirect to https://a/…, which is not followed"),
    "failed (status 302)",
    "failed after 2 s, status 302, a redirect to https://a/…, which is not followed",
  ],
  [request(7, "connection refused"), "failed (connection refused)", "failed after 2 s, connection refused"],
])("%j is %s in a table, and in a sentence %s", (outcome, inTable, inSentence) => {
  expect(outcomeInTable(outcome)).toBe(inTable);
  expect(outcomeInSentence(outcome, " after 2 s")).toBe(inSentence);
});
