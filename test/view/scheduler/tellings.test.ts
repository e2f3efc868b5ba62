import { describe, expect, test } from "vitest";
import { tellingsOf, waitingNotices } from "../../../src/view/scheduler/tellings.ts";
import { rulesInWords, tellingSentences } from "../../../src/view/words/notices.ts";
import { timeWordsIn } from "../../../src/view/words/time.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { aFailingRecord, aNotice, anOpenFailure, aRule } from "../../support/a-telling.ts";

const when = timeWordsIn("UTC", at("03:22"));
const says = (record: ReturnType<typeof aFailingRecord>) =>
  tellingsOf(record).flatMap((telling) => tellingSentences(telling, when));

describe("how a job and its channels stand", () => {
  test("who was told when, who is tried again and why, and who never will be", () =>
    expect(says(aFailingRecord())).toEqual([
      "ops-chat was told that it failed at 2026-11-18 03:20:12+00:00, 1 min 48 s ago.",
      "pager could not be told that it failed (503); it is tried again at 2026-11-18 03:25:00+00:00, in 3 min.",
      "mail was not told that it failed: that was given up at 2026-11-18 03:21:00+00:00, 1 min ago.",
    ]));

  test("who was told of what is over, and of its end", () => {
    const { told, notices: _notices, ...record } = aFailingRecord();
    const failed = { since: at("03:20"), at: at("03:20:12"), run: "backup-20261118t030000z", count: 2 };
    const last = {
      "ops-chat": { failed: { ...failed, endAt: at("03:21"), endRun: "backup-20261118t031500z" } },
      pager: {
        failed: { since: at("02:20"), endAt: at("02:40"), endRun: "backup-20261118t024000z" },
        "long-running": { since: at("02:00"), at: at("02:01"), endAt: at("02:02") },
        missed: { since: at("01:00"), at: at("03:10"), count: 3 },
      },
    };
    const looked = told?.looked ?? { ended: 0, missed: 0, skipped: 0 };
    expect(says({ ...record, told: { looked, last } })).toEqual([
      "ops-chat was told that it failed 2 times in a row at 2026-11-18 03:20:12+00:00, 1 min 48 s ago, and that it succeeded again at 2026-11-18 03:21:00+00:00, 1 min ago.",
      "pager was told that 3 occurrences were missed at 2026-11-18 03:10:00+00:00, 12 min ago.",
      "pager was told that it succeeded again at 2026-11-18 02:40:00+00:00, 42 min ago.",
      "pager was told that a run lasts long at 2026-11-18 02:01:00+00:00, 1 h 21 min ago, and that the long run has ended at 2026-11-18 02:02:00+00:00, 1 h 20 min ago.",
    ]);
  });

  test("that a failure is over of which no run was the end, since the job was gone", () => {
    const { told, notices: _notices, ...record } = aFailingRecord();
    const last = { pager: { failed: { since: at("02:20"), at: at("02:21"), endAt: at("02:40") } } };
    expect(says({ ...record, told: { looked: told?.looked ?? { ended: 0, missed: 0, skipped: 0 }, last } })).toEqual([
      "pager was told that it failed at 2026-11-18 02:21:00+00:00, 1 h 1 min ago, and that this is over at 2026-11-18 02:40:00+00:00, 42 min ago.",
    ]);
  });

  test("what goes on is said once", () => {
    const record = aFailingRecord();
    const last = { "ops-chat": { failed: { since: at("03:20"), at: at("03:20:12") } } };
    expect(says({ ...record, told: { looked: { ended: 1, missed: 0, skipped: 0 }, ...record.told, last } })).toEqual(
      says(record),
    );
  });

  test("a job that tells nobody has none", () => expect(tellingsOf(aRecord(at("03:20")))).toEqual([]));

  test("what has just happened is about to be told", () => {
    const notices = [aNotice({ to: { pager: { tries: 0, next: at("03:20") } }, count: 3 })];
    expect(says({ ...aFailingRecord(), notices }).at(1)).toBe(
      "pager is about to be told that it failed 3 times in a row.",
    );
  });

  test("what waits behind another notice is counted", () => {
    const later = aNotice({ id: "x/missed", kind: "missed", count: 4, to: { pager: { tries: 0, next: at("03:21") } } });
    expect(says({ ...aFailingRecord(), notices: [aNotice(), later] }).at(1)).toContain(
      "in 3 min; 1 more notice waits.",
    );
  });

  test("a channel that has heard of a failure, and is to hear of it again", () => {
    const record = {
      ...aFailingRecord(),
      told: {
        looked: { ended: 1, missed: 0, skipped: 0 },
        open: { pager: { failed: anOpenFailure({ heard: true, times: 2 }) } },
      },
      notices: [aNotice({ id: "backup-20261118t030000z/failed/2", times: 2 })],
    };
    expect(says(record)).toHaveLength(2);
  });

  test("a channel that the job names no longer", () => {
    const { definition, ...record } = aFailingRecord();
    const { telling: _telling, ...silent } = definition;
    const views = tellingsOf({ ...record, definition: silent });
    expect(views.map(({ channel, rule }) => [channel, rule])).toEqual([
      ["pager", undefined],
      ["ops-chat", undefined],
      ["mail", undefined],
    ]);
  });

  test("for one channel a notice may stand for more than for another", () => {
    const to = { a: { tries: 0, next: at("03:20") }, b: { tries: 4, next: at("04:20"), count: 5 } };
    expect(waitingNotices({ ...aFailingRecord(), notices: [aNotice({ to, count: 2 })] })).toMatchObject([
      { channel: "a", count: 2, tries: 0 },
      { channel: "b", count: 5, tries: 4 },
    ]);
  });
});

describe("in words", () => {
  test.each([
    [[aRule("ops")], "ops is told when it fails, it succeeds again, occurrences are missed, or a run lasts long"],
    [
      [
        aRule("ops", { on: ["failed"] }),
        aRule("pager", { on: ["failed", "recovered"], after: 2, remindMs: 14_400_000 }),
      ],
      "ops is told when it fails; pager when it fails for the 2nd time in a row or it succeeds again, and again every 4 h",
    ],
    [[aRule("ops", { on: ["missed"], after: 3 })], "ops is told when occurrences are missed"],
  ])("rules: %o", (rules, words) => expect(rulesInWords(rules)).toBe(words));

  test.each([
    [{ kind: "recovered" }, "it succeeded again"],
    [{ kind: "missed" }, "1 occurrence was missed"],
    [{ kind: "skipped", count: 3 }, "3 occurrences were skipped"],
    [{ kind: "long-running" }, "a run lasts long"],
    [{ kind: "long-running", closes: true }, "the long run has ended"],
    [{ kind: "not-run" }, "it is not run"],
    [{ kind: "not-run", closes: true }, "it is no longer paused"],
  ] as const)("%o", (change, words) =>
    expect(says({ ...aFailingRecord(), notices: [aNotice(change)] }).join()).toContain(
      `pager could not be told that ${words}`,
    ),
  );
});
