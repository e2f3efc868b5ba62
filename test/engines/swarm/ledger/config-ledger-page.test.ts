import { describe, expect, it } from "vitest";
import { jobOfPage, labelsOfPage, readPageConfig } from "../../../../src/engines/swarm/ledger/config-ledger-page.ts";
import type { Page } from "../../../../src/ledger/page.ts";
import { aJob, aPage, aRun, at } from "../../../support/a-job.ts";

const pageOf = (change: Partial<Page>) => aPage(at("12:00"), change, aJob());

describe("a page that is too large for a label", () => {
  it("is refused", () => {
    const page = pageOf({ runs: [aRun(at("10:00"), { definition: "d".repeat(70_000) })] });
    expect(() => labelsOfPage("ours", "backup", page)).toThrow(/^the page of backup has 7\d{4} bytes/);
  });
});

describe("a config", () => {
  const labels = { "shipbell.instance": "ours", "shipbell.job": "backup", "shipbell.page": "{}" };

  it.each([
    ["of this instance, with the name of its job", "ours-backup", labels, "backup"],
    ["of another instance", "ours-backup", { ...labels, "shipbell.instance": "theirs" }, undefined],
    ["under another name", "ours-other", labels, undefined],
    ["with no page", "ours-backup", { ...labels, "shipbell.page": undefined }, undefined],
    ["with no label", "ours-backup", {}, undefined],
  ])("%s keeps the page of: %j", (_what, name, given, job) => {
    const present = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    expect(jobOfPage("ours", { name, labels: Object.fromEntries(present) })).toBe(job);
  });

  it("is read again when somebody changed its page and left the nonce of its writer", () => {
    const page = pageOf({});
    const written = { "shipbell.nonce": "n1", ...labelsOfPage("ours", "backup", page) };
    const known = { id: "1", version: undefined, data: "", nonce: "n1", value: { kind: "page", page } } as const;
    const config = { id: "1", name: "ours-backup", version: 7, data: "", labels: written };
    expect(readPageConfig(config, known).value).toBe(known.value);
    const damaged = { ...config, labels: { ...written, "shipbell.page": "{" } };
    expect(readPageConfig(damaged, known).value.kind).toBe("damaged");
  });
});
