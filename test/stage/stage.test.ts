import { expect, test } from "vitest";
import { activeRuns, type JobRecord, type Outcome } from "../../src/ledger/record.ts";
import { jobViews } from "../../src/view/jobs/job-view.ts";
import { tellingsOf } from "../../src/view/scheduler/tellings.ts";
import { tellingSentences } from "../../src/view/words/notices.ts";
import { timeWordsIn } from "../../src/view/words/time.ts";
import { COMPANY_NOW } from "./company.ts";
import { type Situation, setStage } from "./stage.ts";

async function viewsOf(situation: Situation) {
  const { world } = await setStage(situation);
  const answer = { kind: "answers", view: world.scheduler() } as const;
  const { timetables } = world;
  return jobViews(world.records() ?? new Map(), { answer, timetables, now: COMPANY_NOW });
}

const failedLast = ({ lastOutcome }: { readonly lastOutcome?: Outcome }) => lastOutcome?.kind === "failed";

test("typical: thirty jobs; three have failed, two run, one waits for a node, one is paused", async () => {
  const { world } = await setStage("typical");
  const views = await viewsOf("typical");
  expect(views).toHaveLength(30);
  expect(views.filter(failedLast).map(({ job }) => job)).toEqual([
    "ledger-export",
    "shop_price-import",
    "uploads-backup",
  ]);
  expect(views.filter(({ paused }) => paused).map(({ job }) => job)).toEqual(["wiki_spam-cleanup"]);
  const active = [...(world.records() ?? new Map<string, JobRecord>()).values()].flatMap(activeRuns);
  const objects = active.flatMap(({ attempts }) => attempts.at(-1)?.objectId ?? []);
  const states = await world.engine()?.look(objects);
  expect([...(states ?? new Map()).values()].map(({ phase }) => phase).sort()).toEqual([
    "pending",
    "running",
    "running",
  ]);
  const { channels, problems } = world.scheduler();
  expect(problems.map(({ at, severity = "error" }) => `${at.replace(/^.*\//, "")} ${severity}`)).toEqual([
    "legacy.yml:4:15 error",
    "legacy.yml:9:5 error",
    "channel pager warning",
    "channel shop-hook error",
    "job shop_price-import error",
  ]);
  expect(channels?.map(({ name, troubleBecause = "fine" }) => `${name} ${troubleBecause}`)).toEqual([
    "ops-chat fine",
    "pager 503",
    "shop-hook 401",
  ]);
});

test("crowded: a thousand jobs, of which some are in each state", async () => {
  const views = await viewsOf("crowded");
  expect(views).toHaveLength(1000);
  expect(views.filter(failedLast).length).toBeGreaterThan(20);
  expect(views.filter(({ activeRuns }) => activeRuns > 0).length).toBeGreaterThan(10);
  expect(views.filter(({ paused }) => paused).length).toBeGreaterThan(10);
});

test("empty: no job", async () => expect(await viewsOf("empty")).toEqual([]));

test("engine-away and ledger-away: says what is away", async () => {
  const [engine, ledger] = [await setStage("engine-away"), await setStage("ledger-away")];
  expect(engine.world.scheduler().engineDownBecause).toContain("ECONNREFUSED");
  await expect(engine.world.engine()?.look([])).rejects.toThrow("ECONNREFUSED");
  expect(ledger.world.records()).toBeUndefined();
  expect(ledger.world.scheduler().ledgerDownBecause).toContain("leader");
});

test("is the same each time", async () => {
  const [first, second] = [await setStage("typical"), await setStage("typical")];
  expect(first.world.records()).toEqual(second.world.records());
});

test("typical: who was told of last night, who is tried again, who never heard of it, and who heard that it is over", async () => {
  const { world } = await setStage("typical");
  const records = world.records() ?? new Map<string, JobRecord>();
  const when = timeWordsIn("UTC", COMPANY_NOW);
  const told = (job: string) => {
    const record = records.get(job);
    return record && tellingsOf(record).flatMap((telling) => tellingSentences(telling, when));
  };
  expect(["uploads-backup", "shop_price-import", "dns-blocklist", "shop_search-reindex"].map(told)).toEqual([
    [
      "ops-chat was told that it failed at 2026-11-18 02:44:34+00:00, 5 h 39 min ago.",
      "pager could not be told that it failed (503); it is tried again at 2026-11-18 09:06:08+00:00, in 41 min 39 s.",
    ],
    [
      "ops-chat was told that it failed at 2026-11-18 03:03:17+00:00, 5 h 21 min ago.",
      "shop-hook was not told that it failed: that was given up at 2026-11-18 03:03:17+00:00, 5 h 21 min ago.",
    ],
    [
      "ops-chat was told that it failed at 2026-11-18 03:10:08+00:00, 5 h 14 min ago, and that it succeeded again at 2026-11-18 07:10:22+00:00, 1 h 14 min ago.",
    ],
    ["ops-chat was told that a run lasts long at 2026-11-18 08:15:01+00:00, 9 min 28 s ago."],
  ]);
});
