import { describe, expect, it } from "vitest";
import { KnownRecords } from "../../../../src/engines/swarm/ledger/known-records.ts";
import type { RecordSeen } from "../../../../src/engines/swarm/ledger/ledger-configs.ts";
import type { Known, Standing } from "../../../../src/engines/swarm/ledger/swap.ts";

const value: RecordSeen = { kind: "newer", message: "" };
const read = (version: number, nonce: string, change: Partial<Standing<RecordSeen>> = {}): Standing<RecordSeen> => ({
  id: "1",
  version,
  nonce,
  data: "",
  value,
  ...change,
});
const written = (nonce: string): Known<RecordSeen> => ({ ...read(0, nonce), version: undefined });

describe("a record that was read", () => {
  it.each<
    [string, Known<RecordSeen> | undefined, string | undefined, Standing<RecordSeen> | undefined, "news" | "known"]
  >([
    ["is not there, and was not known", undefined, undefined, undefined, "known"],
    ["is not there any more", read(5, "a"), undefined, undefined, "news"],
    ["was not known", undefined, undefined, read(5, "a"), "news"],
    ["was not known, and is what we tried to write", undefined, "a", read(5, "a"), "known"],
    ["is as it was known", read(5, "a"), undefined, read(5, "a"), "known"],
    ["was changed by somebody else", read(5, "a"), undefined, read(6, "b"), "news"],
    ["is what we wrote, and its version is seen now", written("a"), "a", read(5, "a"), "known"],
    ["was changed by somebody else after we wrote it", written("a"), "a", read(6, "b"), "news"],
    ["is what we tried to write over what was known", read(5, "a"), "b", read(6, "b"), "known"],
    ["was changed after what we tried to write", read(5, "a"), "b", read(7, "c"), "news"],
    ["was changed with our nonce left on it", read(5, "a"), "a", read(6, "a", { value: { ...value } }), "news"],
    [
      "was written by us and changed, nonce left on it",
      written("a"),
      "a",
      read(6, "a", { value: { ...value } }),
      "news",
    ],
    ["is another one of this name", read(5, "a"), undefined, read(5, "a", { id: "2" }), "news"],
  ])("%s", (_what, known, ownNonce, now, verdict) => {
    const records = new KnownRecords("ours");
    const entry = records.of("backup");
    records.set(entry, known);
    entry.ownNonce = ownNonce;
    expect(records.note(entry, now)).toBe(verdict);
    expect(entry.known).toBe(now);
  });
});
