import type { NoticeKind } from "../../job/notify.ts";
import type { Attempt, JobRecord, Outcome, Run, Verdict } from "../../ledger/record.ts";
import { type NoticeEvent, noticeEvent } from "./notice-event.ts";
import type { NoticeFacts } from "./told.ts";

/** One notice of each kind, made up: templates are tried with them, and `notify test` sends one. */
export function sampleEvents(): readonly NoticeEvent[] {
  return samples({ instance: "shipbell", job: "backup" });
}

interface Sampled {
  readonly instance: string;
  readonly job: string;
  readonly publicUrl?: string;
}

/**
 * The sample of a kind, as that instance would send it about that job. It says of itself that nothing happened, and leads to the
 * page of all jobs, since the run that it is about does not exist. Nothing follows it, so nothing is to stay open.
 */
export function sampleEvent(kind: NoticeKind, of: Sampled, now: Date): NoticeEvent {
  const event = samples(of).find(({ data }) => data.kind === kind);
  if (event === undefined) throw new Error(`there is no sample of ${kind}`);
  const { url: _madeUp, ...data } = event.data;
  const url = of.publicUrl !== undefined && { url: of.publicUrl };
  const id = `${of.instance}/test-${now.getTime()}/${kind}`;
  const text = `This is a test: nothing happened. ${data.text}`;
  return {
    id,
    at: now,
    data: { ...data, test: true, dedup_key: id, title: `Test: ${data.title}`, text, ...url, state: "once" },
  };
}

const DUE = new Date("2026-11-18T03:00:00.000Z");
const after = (minutes: number, seconds = 0) => new Date(DUE.getTime() + (minutes * 60 + seconds) * 1000);
const YESTERDAY = after(-24 * 60);
const FAILED_BEFORE = after(-12 * 60 + 20, 11);

function samples({ instance, job, publicUrl = "https://cron.example.org/" }: Sampled): readonly NoticeEvent[] {
  const image = { name: "registry.example.org/backup:1.4", digest: `sha256:${"5f".repeat(32)}` };
  const run = (change: Partial<Attempt>, outcome?: Outcome): Run => {
    const finishedAt = change.finishedAt;
    const attempt: Attempt = {
      number: 1,
      objectName: `${job}-1`,
      boundAt: DUE,
      startedAt: after(0, 1),
      node: "host-3",
      image,
      ...change,
    };
    return {
      id: `${job}-20261118t030000z`,
      trigger: "schedule",
      scheduledAt: DUE,
      definition: "",
      policies: { pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [0] },
      attempts: [{ ...attempt, ...(outcome && { outcome }) }],
      ...(outcome && { outcome }),
      ...(finishedAt && { finishedAt }),
    };
  };
  const record = (change: Partial<JobRecord>): JobRecord => ({
    schema: 2,
    job,
    cursor: DUE,
    definition: {
      hash: "",
      generation: 1,
      schedules: [{ pattern: "0 3 * * *", timezone: "UTC" }],
      suspended: false,
      origin: { source: "files", unit: `${job}.yml` },
    },
    runs: [],
    verdicts: [],
    totals: {
      skipped: {},
      missed: {},
      started: {},
      ended: {},
      runSeconds: { sum: 0, count: 0 },
      lastSuccessAt: after(-24 * 60 + 18, 4),
    },
    requests: [],
    ...change,
  });
  const output = "reading /srv/data\nwriting to s3://backups\nerror: no space left on device\n";
  const failed = run({ finishedAt: after(20, 11), output }, { kind: "failed", exitCode: 2, oom: false });
  const succeeded = run({ finishedAt: after(18, 4), output: "done\n" }, { kind: "succeeded", exitCode: 0 });
  const verdict = (kind: "missed" | "skipped", change: Partial<Verdict>): Verdict => ({
    kind,
    scheduledAt: DUE,
    decidedAt: after(150),
    ...change,
  });
  const absence = { because: "no-scheduler", from: after(-30), to: after(149) } as const;
  const missed = verdict("missed", { reason: "gap", through: after(120), count: 3, absence, leftToCatchUp: 0 });
  const skipped = verdict("skipped", { reason: "still-running", active: { count: 1, run: `${job}-20261118t020000z` } });
  const tell = (facts: NoticeFacts, of: Partial<JobRecord>, now = facts.at): NoticeEvent =>
    noticeEvent(facts, record(of), {
      instance,
      now,
      unit: `${job}.yml:12`,
      nextAt: after(24 * 60),
      publicUrl,
      expectedDurationMs: 20 * 60_000,
      outputLines: 10,
    });
  const due = `${job}-20261118t030000z`;
  const how = { run: due, outcome: "failed", exitCode: 2 } as const;
  return [
    tell({ id: `${due}/failed`, kind: "failed", at: after(20, 11), since: after(20, 11), ...how }, { runs: [failed] }),
    tell(
      { id: `${due}/failed/2`, kind: "failed", at: after(20, 11), since: FAILED_BEFORE, count: 2, times: 2, ...how },
      { runs: [failed] },
      after(260),
    ),
    tell(
      { id: `${due}/recovered`, kind: "recovered", at: after(18, 4), run: due, since: FAILED_BEFORE, count: 2 },
      { runs: [succeeded] },
    ),
    tell(
      { id: `${due}/missed`, kind: "missed", at: after(150), since: DUE, through: after(120), count: 3, reason: "gap" },
      { verdicts: [missed] },
    ),
    tell(
      { id: `${due}/skipped`, kind: "skipped", at: after(150), since: DUE, through: DUE, reason: "still-running" },
      { verdicts: [skipped] },
    ),
    tell(
      { id: `${due}/long-running`, kind: "long-running", at: after(20, 1), run: due, since: after(0, 1) },
      { runs: [run({})] },
    ),
    tell(
      {
        id: `${due}/long-running/ended`,
        kind: "long-running",
        at: after(42),
        run: due,
        since: after(0, 1),
        closes: true,
      },
      { runs: [run({ finishedAt: after(42) }, { kind: "succeeded", exitCode: 0 })] },
    ),
    tell(
      { id: `${due}/not-run`, kind: "not-run", at: DUE, since: YESTERDAY, held: "paused" },
      { paused: { since: YESTERDAY, by: { via: "page", name: "ops" }, reason: "new disk" } },
    ),
    tell({ id: `${due}/not-run/ended`, kind: "not-run", at: DUE, since: YESTERDAY, held: "paused", closes: true }, {}),
  ];
}
