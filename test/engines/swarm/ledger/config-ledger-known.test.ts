import { describe, expect, it } from "vitest";
import { KnownPages } from "../../../../src/engines/swarm/ledger/config-ledger-known.ts";
import type { PageSeen } from "../../../../src/engines/swarm/ledger/config-ledger-page.ts";
import type { Known, Standing } from "../../../../src/engines/swarm/ledger/config-ledger-swap.ts";

const value: PageSeen = { kind: "newer", message: "" };
const read = (version: number, nonce: string, change: Partial<Standing<PageSeen>> = {}): Standing<PageSeen> => ({
  id: "1",
  version,
  nonce,
  data: "",
  value,
  ...change,
});
const written = (nonce: string): Known<PageSeen> => ({ ...read(0, nonce), version: undefined });

describe("a page that was read", () => {
  it.each<[string, Known<PageSeen> | undefined, string | undefined, Standing<PageSeen> | undefined, "news" | "known"]>([
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
    const pages = new KnownPages("ours");
    const entry = pages.of("backup");
    pages.set(entry, known);
    entry.ownNonce = ownNonce;
    expect(pages.note(entry, now)).toBe(verdict);
    expect(entry.known).toBe(now);
  });
});
