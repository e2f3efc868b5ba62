import { DEFAULT_NOTICE_KINDS, type NotifyRule } from "../../src/job/notify.ts";
import type { JobRecord, Notice, OpenNotice } from "../../src/ledger/record.ts";
import { aRecord, at } from "./a-job.ts";

export function aRule(to: string, change: Partial<NotifyRule> = {}): NotifyRule {
  return { to, on: DEFAULT_NOTICE_KINDS, after: 1, output: 0, ...change };
}

/** That the run of three o'clock failed, for `pager`, which could not be told. */
export function aNotice(change: Partial<Notice> = {}): Notice {
  return {
    id: "backup-20261118t030000z/failed",
    kind: "failed",
    at: at("03:20"),
    run: "backup-20261118t030000z",
    to: { pager: { tries: 2, next: at("03:25"), last: "503" } },
    ...change,
  };
}

export function anOpenFailure(change: Partial<OpenNotice> = {}): OpenNotice {
  return { id: "backup-20261118t030000z/failed", since: at("03:20"), at: at("03:20:12"), times: 1, ...change };
}

/** A job that fails since three o'clock: `ops-chat` has heard of it, `pager` is tried again, `mail` was given up. */
export function aFailingRecord(change: Partial<JobRecord> = {}): JobRecord {
  const record = aRecord(at("03:20"), change);
  return {
    ...record,
    definition: { ...record.definition, telling: { notify: ["ops-chat", "pager", "mail"].map((to) => aRule(to)) } },
    notices: [aNotice()],
    told: {
      looked: { ended: 1, missed: 0, skipped: 0 },
      failing: { since: at("03:20"), count: 1 },
      open: {
        "ops-chat": { failed: anOpenFailure({ heard: true }) },
        pager: { failed: anOpenFailure() },
        mail: { failed: anOpenFailure({ at: at("03:21") }) },
      },
    },
  };
}
