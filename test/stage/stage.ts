import { joinReadings } from "../../src/definition/reading.ts";
import { type SharedViews, shareViews } from "../../src/http/sharing/shared-views.ts";
import { StaticFiles } from "../../src/http/static.ts";
import { Events } from "../../src/http/streams/events.ts";
import type { World } from "../../src/http/world.ts";
import type { Job, SourceName } from "../../src/job/job.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { checkText } from "../../src/sources/check-text.ts";
import { version } from "../../src/version.ts";
import { channelProblem, unheardProblems } from "../../src/view/scheduler/problems.ts";
import type { DeclaredJob, SchedulerView, ViewProblem } from "../../src/view/scheduler/scheduler-view.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";
import { channelFacts, type StageChannels } from "./channels.ts";
import {
  COMPANY_ABSENCE,
  COMPANY_CHANNELS,
  COMPANY_NODES,
  COMPANY_NOW,
  COMPANY_PAST,
  COMPANY_SINCE,
  readCompany,
  readSchedules,
} from "./company.ts";
import { CROWD, CROWD_CHANNELS, crowdFile, crowdPast } from "./crowd.ts";
import { type Past, recordOf } from "./past.ts";
import { stageEngine } from "./stage-engine.ts";

/**
 * - `empty`: a scheduler that has just been deployed, and no job.
 * - `typical`: thirty jobs of a company. `uploads-backup`, `ledger-export` and `shop_price-import` have failed last night;
 *   `invoice-run` and `shop_search-reindex` run, the latter longer than usual; `shop_thumbnails` waits for a node;
 *   `wiki_spam-cleanup` is paused; a schedule file has two mistakes. `ops-chat` was told of failures and of the recovery of
 *   `dns-blocklist`, `pager` is tried again, and `shop-hook` refuses.
 * - `crowded`: a thousand jobs.
 * - `engine-away`: the typical one, with an engine that has not answered since 09:20.
 * - `ledger-away`: the typical one, with a ledger that cannot be used.
 */
export const SITUATIONS = ["empty", "typical", "crowded", "engine-away", "ledger-away"] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface Stage {
  readonly world: World;
  /** Stands still at `COMPANY_NOW` until it is moved. */
  readonly clock: FakeClock;
  /** What forms and API write into. No scheduler carries it out. */
  readonly ledger: MemoryLedger;
}

const ENGINE_AWAY_SINCE = new Date("2026-11-18T08:21:07Z");
const ENGINE_AWAY = "connect ECONNREFUSED /var/run/docker.sock";
const LEDGER_AWAY = "rpc error: code = Unknown desc = The swarm does not have a leader";

/**
 * Sets the stage for pages and API: a world as a scheduler has it in that situation, at a fixed time, the same each time.
 * Definitions are read from schedule files and labels, and what happened was written by the changes of `ledger/changes/`.
 *
 *     const { world } = await setStage("typical");
 *     const answer = await route.answer(request, world);
 *
 * `serveStage` serves it over HTTP, as does `npm run screenshots -- --serve typical` for people.
 */
export async function setStage(situation: Situation): Promise<Stage> {
  const timetables = createTimetables();
  const clock = new FakeClock(COMPANY_NOW);
  const play = playOf(situation, timetables);
  const store = new MemoryLedgerStore();
  const ledger = new MemoryLedger(store);
  const { channels } = play;
  const parts = {
    ...{ now: COMPANY_NOW, timetables, nodes: COMPANY_NODES, since: COMPANY_SINCE, absence: COMPANY_ABSENCE },
    channels,
  };
  for (const job of play.jobs) {
    const record = recordOf(job, play.pastOf(job), { ...parts, occurrences: play.occurrences });
    await ledger.update(job.name, () => record);
  }
  const definitions = new Map(play.jobs.map((job) => [job.name, job]));
  const records = () => new Map([...definitions.keys()].flatMap((name) => entryOf(store, name)));
  const declared = new Map(play.jobs.map((job) => [job.name, declaredJob(job, timetables)]));
  const told = channelFacts(channels, [...records().values()]);
  const problems = [
    ...play.problems,
    ...told.flatMap((channel) => channelProblem(channel) ?? []),
    ...[...records().values()].flatMap(unheardProblems),
  ];
  const isAway = situation === "ledger-away";
  const engine = stageEngine({
    clock,
    records,
    pastOf: (name) => play.pastOf(definitions.get(name)),
    isAway: situation === "engine-away",
  });
  const files = new StaticFiles();
  const events = new Events({ clock, epoch: "stage", records });
  store.onWrite = ({ before, after }) => events.recordChanged(before, after);
  const asRead: Omit<World, keyof SharedViews> = {
    clock,
    timetables,
    host: "fra-1",
    version,
    scheduler: (): SchedulerView => ({
      version,
      instance: "shipbell",
      role: { kind: "active" },
      ...(situation === "engine-away" && { engineDownBecause: ENGINE_AWAY, engineDownSince: ENGINE_AWAY_SINCE }),
      ...(isAway && { ledgerDownBecause: LEDGER_AWAY }),
      jobs: declared,
      unsure: new Set(),
      problems,
      ...(situation !== "empty" && { channels: told }),
    }),
    records: () => (isAway ? undefined : records()),
    instance: () => undefined,
    tryChannel: async (name) => {
      const { kind, address, fails, refuses } = channels[name] ?? {};
      if (kind === undefined || address === undefined) return undefined;
      const because = (fails ?? refuses)?.because;
      const sent =
        because === undefined
          ? { result: "delivered", because: "200", answer: "ok" }
          : { result: "final", because, answer: "unauthorized: the token has been revoked" };
      return { channel: { name, kind, address }, sent };
    },
    check: (text) => checkText(text, { defaultTimezone: "UTC", checkSchedule: timetables.check, clock }),
    definition: (job) => definitions.get(job),
    ledger: () => (isAway ? undefined : ledger),
    engine: () => engine,
    events,
    asset: (name) => files.path(name),
  };
  const world: World = { ...asRead, ...shareViews({ ...asRead, engine: () => engine }) };
  return { world, clock, ledger };
}

/** Who is on the stage, and with which past. */
interface Play {
  readonly jobs: readonly Job[];
  readonly problems: readonly ViewProblem[];
  readonly pastOf: (job: Job | undefined) => Past;
  readonly occurrences: number;
  readonly channels: StageChannels;
}

function playOf(situation: Situation, timetables: ReturnType<typeof createTimetables>): Play {
  const never = () => ({ takesS: 1 });
  switch (situation) {
    case "empty":
      return { jobs: [], problems: [], pastOf: never, occurrences: 0, channels: {} };
    case "crowded": {
      const { jobs, problems } = readSchedules(crowdFile(), { name: "crowd.yml", timetables });
      const pastOf = (job: Job | undefined) => crowdPast(CROWD.indexOf(job?.name ?? ""), COMPANY_NOW);
      return { jobs, problems: withSource("files", problems), pastOf, occurrences: 16, channels: CROWD_CHANNELS };
    }
    default: {
      const company = readCompany(timetables);
      const { jobs } = joinReadings(company.map(({ reading }) => reading));
      const problems = company.flatMap(({ source, reading }) => withSource(source, reading.problems));
      const pastOf = (job: Job | undefined) => COMPANY_PAST[job?.name ?? ""] ?? never();
      return { jobs, problems, pastOf, occurrences: 66, channels: COMPANY_CHANNELS };
    }
  }
}

function withSource(source: SourceName, problems: readonly Omit<ViewProblem, "source">[]): readonly ViewProblem[] {
  return problems.map((problem) => ({ source, ...problem }));
}

function declaredJob(job: Job, timetables: ReturnType<typeof createTimetables>): DeclaredJob {
  const { hash, origin, schedules, suspended } = job;
  const nextRunAt = timetables.of(schedules).next(COMPANY_NOW);
  return { hash, origin, schedules, suspended, isKept: false, ...(nextRunAt && { nextRunAt }) };
}

function entryOf(store: MemoryLedgerStore, job: string): readonly (readonly [string, JobRecord])[] {
  const read = store.readRecord(job);
  return read?.kind === "record" ? [[job, read.record]] : [];
}
