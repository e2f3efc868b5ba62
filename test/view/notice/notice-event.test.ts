import { describe, expect, it } from "vitest";
import type { JobRecord, Outcome, Run } from "../../../src/ledger/record.ts";
import { type NoticeEvent, noticeEvent } from "../../../src/view/notice/notice-event.ts";
import { outputLines } from "../../../src/view/notice/output-lines.ts";
import { sampleEvent } from "../../../src/view/notice/sample-events.ts";
import { summarize } from "../../../src/view/notice/summary.ts";
import type { Known, NoticeFacts } from "../../../src/view/notice/told.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";

const RUN = "backup-20261118t030000z";

function ended(outcome: Outcome, change: Partial<Run["attempts"][number]> = {}): Run {
  const attempt = {
    number: 1,
    objectName: `${RUN}-1`,
    boundAt: at("03:00"),
    startedAt: at("03:00:01"),
    finishedAt: at("03:20:11"),
    node: "host-3",
    outcome,
    ...change,
  };
  return aRun(at("03:00"), { id: RUN, attempts: [attempt], outcome, finishedAt: at("03:20:11") });
}

function tell(facts: Partial<NoticeFacts>, change: Partial<JobRecord> = {}, known: Partial<Known> = {}): NoticeEvent {
  const notice: NoticeFacts = {
    id: `${RUN}/failed`,
    kind: "failed",
    at: at("03:20:11"),
    since: at("03:20:11"),
    run: RUN,
    ...facts,
  };
  return noticeEvent(notice, aRecord(at("03:00"), change), { instance: "shipbell", now: at("03:20:12"), ...known });
}

describe("the title says what happened", () => {
  it.each<[string, Partial<NoticeFacts>, Outcome?]>([
    ["backup failed (exit code 2)", {}, { kind: "failed", exitCode: 2, oom: false }],
    ["backup failed (exit code 137, out of memory)", {}, { kind: "failed", exitCode: 137, oom: true }],
    ["backup timed out", {}, { kind: "timed-out", exitCode: 143 }],
    [
      "backup was rejected (image-missing)",
      {},
      { kind: "rejected", reason: "image-missing", message: "no such image" },
    ],
    ["backup was lost (node-down)", {}, { kind: "lost", reason: "node-down" }],
    ["backup failed 3 times in a row (exit code 2)", { count: 3 }, { kind: "failed", exitCode: 2, oom: false }],
    ["backup still fails (exit code 2)", { count: 9, times: 2 }, { kind: "failed", exitCode: 2, oom: false }],
    ["backup recovered", { kind: "recovered" }, { kind: "succeeded", exitCode: 0 }],
    ["backup recovered after 3 failures", { kind: "recovered", count: 3 }, { kind: "succeeded", exitCode: 0 }],
    ["backup ended after 20 min 10 s: timed out", { kind: "long-running", closes: true }, { kind: "timed-out" }],
    [
      "backup ended after 20 min 10 s: failed (exit code 2)",
      { kind: "long-running", closes: true },
      { kind: "failed", exitCode: 2, oom: false },
    ],
  ])("%s", (title, facts, outcome = { kind: "failed", exitCode: 2, oom: false }) => {
    expect(tell(facts, { runs: [ended(outcome)] }).data.title).toBe(title);
  });

  it.each<[string, Partial<NoticeFacts>]>([
    ["backup missed 3 occurrences", { kind: "missed", count: 3 }],
    ["backup missed the occurrence of 2026-11-18 03:20:11+00:00", { kind: "missed" }],
    ["backup skipped 12 occurrences", { kind: "skipped", count: 12 }],
    ["backup has been paused for 1 s", { kind: "not-run", held: "paused" }],
    ["backup has been suspended for 1 s", { kind: "not-run", held: "suspended" }],
    ["backup is started again", { kind: "not-run", closes: true }],
    ["backup is no longer declared", { kind: "not-run", closes: true, reason: "removed" }],
    ["backup is no longer declared", { kind: "recovered", reason: "removed", count: 3 }],
  ])("%s", (title, facts) => {
    const { run: _, ...event } = { run: undefined, ...facts };
    expect(tell(event).data.title).toBe(title);
  });
});

describe("of a job that is no longer declared, the text says so, and not that it is well", () => {
  const gone =
    "No source has declared backup since 2026-11-18 03:20:11+00:00: it is not started, and there are no more notices about it.";

  it.each<[string, Partial<NoticeFacts>]>([
    ["Before that it failed, at 2026-11-18 02:00:00+00:00, and it has not succeeded since.", { kind: "recovered" }],
    [
      "Before that it failed 3 times, from 2026-11-18 02:00:00+00:00 on, and it has not succeeded since.",
      { kind: "recovered", count: 3 },
    ],
    [
      "Before that it was not started, from 2026-11-18 02:00:00+00:00 on.",
      { kind: "not-run", closes: true, held: "paused" },
    ],
  ])("%s", (text, facts) => {
    const { run: _, ...event } = { run: undefined, since: at("02:00"), reason: "removed" as const, ...facts };
    const { data } = tell(event);
    expect(data).toMatchObject({ state: "closed", reason: "removed", text: `${gone} ${text}` });
    expect(summarize([{ id: "x", at: at("03:20:11"), data }]).tone).toBe("note");
  });
});

describe("the text says which run, where, since when, and what comes next", () => {
  const failed = ended({ kind: "failed", exitCode: 2, oom: false });

  it("of a failure", () => {
    const totals = { ...aRecord(at("03:00")).totals, lastSuccessAt: at("02:00") };
    const known = { nextAt: at("04:00") };
    expect(tell({ count: 2, since: at("02:30") }, { runs: [failed], totals }, known).data.text).toBe(
      `${RUN}, due 2026-11-18 03:00:00+00:00, failed with exit code 2 after 20 min 10 s on host-3. It has failed 2 times in a row, since 2026-11-18 02:30:00+00:00. It succeeded last at 2026-11-18 02:00:00+00:00. It is due next at 2026-11-18 04:00:00+00:00.`,
    );
  });

  it("of a run that the history has forgotten, from what the notice keeps", () => {
    const { data } = tell({ outcome: "failed", exitCode: 2 });
    expect(data.text).toBe(`${RUN} failed with exit code 2, at 2026-11-18 03:20:11+00:00. It has never succeeded.`);
    expect(data).toMatchObject({ title: "backup failed (exit code 2)", outcome: "failed", exit_code: 2, run: RUN });
  });

  it("of one of which nothing at all is left", () => {
    expect(tell({}).data).toMatchObject({ title: "backup failed", text: expect.stringContaining(`${RUN} ended, at`) });
  });

  it("in the engine's own words, on one line, and not without end", () => {
    const message = `pull access denied\nfor shop/backup ${"x".repeat(5000)}`;
    const { text } = tell({}, { runs: [ended({ kind: "rejected", reason: "registry-unauthorized", message })] }).data;
    expect(text).toContain(
      "was rejected after 20 min 10 s on host-3, registry-unauthorized: pull access denied\\nfor shop/backup",
    );
    expect(text).toHaveLength(1501);
  });

  it("without what the run was given: not everyone may see it", () => {
    const run = { ...failed, inputs: { DATABASE: "canary" }, environment: { TOKEN: "canary" } };
    expect(JSON.stringify(tell({}, { runs: [run] }, { outputLines: 10 }))).not.toContain("canary");
  });

  it("of a run that lasts", () => {
    const { outcome: _o, finishedAt: _f, ...open } = failed;
    const [attempt] = open.attempts;
    const { outcome: _, finishedAt: __, ...running } = attempt ?? failed.attempts[0] ?? (undefined as never);
    const run = { ...open, attempts: [running], policies: { ...open.policies, timeoutMs: 3_600_000 } };
    const { data } = tell(
      { kind: "long-running", since: at("03:00:01") },
      { runs: [run] },
      { expectedDurationMs: 600_000 },
    );
    expect(data).toMatchObject({
      state: "open",
      title: "backup is still running after 20 min 11 s",
      text: `${RUN} has been running on host-3 since 2026-11-18 03:00:01+00:00, longer than the expected 10 min; its timeout stops it at 2026-11-18 04:00:01+00:00.`,
    });
  });

  it("of occurrences that were missed, with the reason, as explain gives it", () => {
    const verdicts = [
      {
        kind: "missed",
        reason: "too-late",
        scheduledAt: at("03:00"),
        through: at("03:10"),
        count: 3,
        decidedAt: at("03:20"),
      },
    ] as const;
    const facts = { kind: "missed", since: at("03:00"), through: at("03:10"), count: 3, reason: "too-late" } as const;
    expect(tell(facts, { verdicts }).data).toMatchObject({
      state: "once",
      count: 3,
      reason: "too-late",
      text: "Missed 3 occurrences, from 2026-11-18 03:00:00+00:00 to 2026-11-18 03:10:00+00:00 (too-late): its starting_deadline was over before it could start.",
    });
    expect(tell(facts).data.text).toBe(
      "Missed 3 occurrences, from 2026-11-18 03:00:00+00:00 to 2026-11-18 03:10:00+00:00 (too-late).",
    );
  });

  it("in the time zone of the job", () => {
    const record = aRecord(at("03:00"));
    const definition = { ...record.definition, schedules: [{ pattern: "@daily", timezone: "Asia/Seoul" }] };
    expect(tell({}, { definition, runs: [failed] }).data.text).toContain("due 2026-11-18 12:00:00+09:00");
  });
});

describe("an incident has one key", () => {
  const key = (facts: Partial<NoticeFacts>) => tell(facts).data.dedup_key;
  it("for failure, reminder and recovery; another for what else there is of the job", () => {
    expect([key({}), key({ times: 2 }), key({ kind: "recovered" })]).toEqual(Array(3).fill("shipbell/backup/failed"));
    expect(key({ kind: "long-running" })).toBe(`shipbell/${RUN}/long-running`);
    expect(key({ kind: "long-running", closes: true })).toBe(`shipbell/${RUN}/long-running`);
    expect(key({ kind: "not-run" })).toBe("shipbell/backup/not-run");
  });

  it("and each notice its own ID, which says the instance", () => {
    expect(tell({}).id).toBe(`shipbell/${RUN}/failed`);
    expect(tell({}, {}, { instance: "shop" }).id).toBe(`shop/${RUN}/failed`);
  });
});

describe("the page of a notice", () => {
  it("is that of the run, or of the job; without a public address there is none", () => {
    const publicUrl = "https://cron.example.org/x/";
    expect(tell({}, {}, { publicUrl }).data.url).toBe(`${publicUrl}runs/${RUN}`);
    const { run: _, ...missed } = { run: undefined, kind: "missed" } as const;
    const notice = { id: "x", at: at("03:00"), ...missed };
    expect(noticeEvent(notice, aRecord(at("03:00")), { instance: "i", now: at("03:00"), publicUrl }).data.url).toBe(
      `${publicUrl}jobs/backup`,
    );
    expect(tell({}).data).not.toHaveProperty("url");
  });
});

describe("the output", () => {
  it("is there only if it was asked for", () => {
    const run = ended({ kind: "failed", exitCode: 2, oom: false }, { output: "one\ntwo\nthree\n" });
    expect(tell({}, { runs: [run] }).data).not.toHaveProperty("output");
    expect(tell({}, { runs: [run] }, { outputLines: 2 }).data).toMatchObject({
      output: ["two", "three"],
      truncated: true,
    });
    expect(tell({}, { runs: [run] }, { outputLines: 3 }).data).not.toHaveProperty("truncated");
  });

  it.each([
    ["colours", "\u001b[1;31mred\u001b[0m", ["red"]],
    ["links of a terminal", "\u001b]8;;https://x.example\u0007x\u001b]8;;\u0007", ["x"]],
    ["a progress bar", "10 %\r50 %\r100 %\r\ndone\r\n", ["100 %", "done"]],
    ["hidden characters", "a\u0000b\u202Ec\u2028d", ["abcd"]],
    ["tabs", "a\tb", ["a    b"]],
    ["a line without end", "x".repeat(600), [`${"x".repeat(500)}…`]],
    ["nothing", "", undefined],
  ])("is text: %s", (_, output, lines) => {
    expect(outputLines(output, 10).output).toEqual(lines);
  });
});

it("a test says that it is one, and opens nothing", () => {
  const event = sampleEvent("failed", { instance: "shop", job: "backup" }, at("12:00"));
  expect(event.data).toMatchObject({ test: true, title: "Test: backup failed (exit code 2)", instance: "shop" });
  expect(event.data.text).toMatch(/^This is a test: nothing happened\. /);
  expect(event.data).toMatchObject({ state: "once", dedup_key: expect.not.stringMatching("^shop/backup/failed$") });
});

it("a test leads to the page of all jobs, or nowhere: there is no such run", () => {
  const urlOf = (publicUrl?: string) =>
    sampleEvent("failed", { instance: "shop", job: "backup", ...(publicUrl && { publicUrl }) }, at("12:00")).data.url;
  expect(urlOf("https://jobs.example.org/")).toBe("https://jobs.example.org/");
  expect(urlOf()).toBeUndefined();
});
