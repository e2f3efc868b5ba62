import { describe, expect, it } from "vitest";
import { jobOfRecord, labelsOfRecord, readRecordConfig } from "../../../../src/engines/swarm/ledger/ledger-configs.ts";
import type { JobRecord } from "../../../../src/ledger/record.ts";
import { aJob, aRecord, aRun, at } from "../../../support/a-job.ts";

const recordOf = (change: Partial<JobRecord>) => aRecord(at("12:00"), change, aJob());

describe("a record that is too large for a label", () => {
  it("is refused", () => {
    const record = recordOf({ runs: [aRun(at("10:00"), { definition: "d".repeat(70_000) })] });
    expect(() => labelsOfRecord({ instance: "ours" }, "backup", record)).toThrow(
      /^the record of backup has 7\d{4} bytes/,
    );
  });
});

describe("a config", () => {
  const labels = { "shipbell.instance": "ours", "shipbell.job": "backup", "shipbell.page": "{}" };

  it.each([
    ["of this instance, with the name of its job", "ours-backup", labels, "backup"],
    ["of another instance", "ours-backup", { ...labels, "shipbell.instance": "theirs" }, undefined],
    ["under another name", "ours-other", labels, undefined],
    ["with no record", "ours-backup", { ...labels, "shipbell.page": undefined }, undefined],
    ["with no label", "ours-backup", {}, undefined],
  ])("%s keeps the record of: %j", (_what, name, given, job) => {
    const present = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    expect(jobOfRecord("ours", { name, labels: Object.fromEntries(present) })).toBe(job);
  });

  it("is read again when somebody changed its record and left the nonce of its writer", () => {
    const record = recordOf({});
    const written = { "shipbell.nonce": "n1", ...labelsOfRecord({ instance: "ours" }, "backup", record) };
    const known = { id: "1", version: undefined, data: "", nonce: "n1", value: { kind: "record", record } } as const;
    const config = { id: "1", name: "ours-backup", version: 7, data: "", labels: written };
    expect(readRecordConfig(config, known).value).toBe(known.value);
    const damaged = { ...config, labels: { ...written, "shipbell.page": "{" } };
    expect(readRecordConfig(damaged, known).value.kind).toBe("damaged");
  });
});
