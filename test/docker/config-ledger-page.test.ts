import { describe, expect, it } from "vitest";
import { fitPage, jobOfPage, labelsOfPage, readPageConfig } from "../../src/docker/config-ledger-page.ts";
import type { Page, Run } from "../../src/ledger/page.ts";
import { aJob, aPage, aRun, at, succeeded } from "../support/a-job.ts";

const pageOf = (change: Partial<Page>) => aPage(at("12:00"), change, aJob());
const outputOf = (run: Run | undefined) => run?.attempts[0]?.output?.length;
const ended = (minute: number, size: number) =>
  aRun(at(`11:${minute}`), {
    outcome: succeeded,
    attempts: [{ number: 1, objectName: "a", boundAt: at("11:00"), outcome: succeeded, output: "x".repeat(size) }],
  });

describe("a page that is to fit into a label", () => {
  it("stays as it is when it does", () => {
    const page = pageOf({ runs: [ended(10, 2_000)] });
    expect(fitPage(page)).toBe(page);
  });

  it("loses the output of its oldest ended runs, and no more than it must", () => {
    const { runs } = fitPage(pageOf({ runs: [ended(10, 30_000), ended(11, 30_000), ended(12, 30_000)] }));
    expect(runs.map(outputOf)).toEqual([undefined, 30_000, 30_000]);
  });

  it("loses its oldest ended runs when the outputs were not enough, and no active one", () => {
    const active = aRun(at("10:00"));
    const wide = (minute: number) => ({ ...ended(minute, 10), definition: "d".repeat(40_000) });
    const { runs } = fitPage(pageOf({ runs: [active, wide(10), wide(11)] }));
    expect(runs).toEqual([active, expect.objectContaining({ scheduledAt: at("11:11") })]);
  });

  it("is refused when all that is left is too large", () => {
    const page = fitPage(pageOf({ runs: [aRun(at("10:00"), { definition: "d".repeat(70_000) })] }));
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
