import type { Overlap, Policies } from "../../src/job/job.ts";
import { at } from "../support/a-job.ts";

/** One for all policies of overlap, or one for each. */
export type Answers<T> = T | Readonly<Record<Overlap, T>>;

/** A job that is due each hour on the hour, unless the situation says otherwise. */
export interface Situation {
  readonly pattern?: string;
  readonly timezone?: string;
  /** Whether the job ran at nine, and whether that run is still active. */
  readonly ran?: "before" | "active";
  readonly deadlineMs?: number;
  readonly catchUp?: Policies["catchUp"];
  readonly suspended?: true;
  readonly paused?: true;
  /** Up to where all is decided: nine where it ran, else a minute later, when the job was first seen. */
  readonly cursor?: Date;
  readonly now: Date;
  readonly ours: Answers<readonly string[]>;
  /** `same`, or what Kubernetes' CronJob controller does here; and, after a semicolon, why ours does not. */
  readonly kubernetes: Answers<string>;
}

const SHORT = 10_000;
const MEDIUM = 2 * 3600_000;
const LONG = 3_000_000_000;

const justBeforeTheHour = at("09:59");
const onTheHour = at("10:00");
const justAfterTheHour = at("10:01");
const aQuarterPast = at("10:15");
const aWeekAfterTheHour = new Date("2026-11-25T10:00:00Z");
const kolkata = { timezone: "Asia/Kolkata", cursor: at("09:31") };
const newYork = { timezone: "America/New_York" };

const started = ["start schedule 10:00:00", "wake 11:00:00"];
const caughtUp = ["start catch-up 10:00:00", "wake 11:00:00"];
const waits = ["admit 10:00:00", "wake 11:00:00"];
const skipped = (reason: string) => [`skipped ${reason} 10:00:00`, "wake 11:00:00"];
const missed = (reason: string) => [`missed ${reason} 10:00:00`, "wake 11:00:00"];

const whileActive = {
  allow: started,
  forbid: skipped("still-running"),
  replace: ["replace", ...waits],
  queue: waits,
};
const whileActiveInKubernetes = {
  allow: "same",
  forbid: "starts it when the active one ends; ours has its verdict, and who wants it to wait says queue",
  replace: "deletes the active one and starts at once, so that both may run; ours starts when that one has ended",
  queue: "has none; ours lets it wait",
};
const suspendedInKubernetes = "says nothing, and starts it when it is resumed; ours was skipped, and stays so";
const deadlineInKubernetes = "an event, and no count; ours is counted, as too-late";
const longOverdueInKubernetes =
  "starts the newest alone, with a warning when more than 100 were missed; ours starts the same one, and counts the others";
const everyInKubernetes = "counts from when the object was made or ran last; ours from the epoch, always";

export const situations: Readonly<Record<string, Situation>> = {
  "never ran, not time": { now: justBeforeTheHour, ours: ["wake 10:00:00"], kubernetes: "same" },
  "never ran, not time in its zone": {
    ...kolkata,
    now: justAfterTheHour,
    ours: ["wake 10:30:00"],
    kubernetes: "same",
  },
  "never ran, is time": { now: justAfterTheHour, ours: started, kubernetes: "same" },
  "never ran, is time in its zone": {
    ...kolkata,
    now: at("10:31"),
    ours: ["start schedule 10:30:00", "wake 11:30:00"],
    kubernetes: "same",
  },
  "never ran, is time in its zone, and the schedule names another one": {
    pattern: "TZ=UTC 0 * * * *",
    timezone: "Asia/Kolkata",
    now: justAfterTheHour,
    ours: started,
    kubernetes: "refuses it in new objects; ours takes crontabs as they are: what stands in the schedule counts",
  },
  "never ran, is time, suspended": {
    suspended: true,
    now: justAfterTheHour,
    ours: skipped("suspended"),
    kubernetes: suspendedInKubernetes,
  },
  "never ran, is time, paused": {
    paused: true,
    now: justAfterTheHour,
    ours: skipped("paused"),
    kubernetes: "has nothing but suspend; ours leaves the definition to who deploys it, and pause to who operates it",
  },
  "never ran, is time, past its deadline": {
    deadlineMs: SHORT,
    now: justAfterTheHour,
    ours: missed("too-late"),
    kubernetes: deadlineInKubernetes,
  },
  "never ran, is time, not past its deadline": {
    deadlineMs: LONG,
    now: justAfterTheHour,
    ours: started,
    kubernetes: "same",
  },
  "never ran, is time, a deadline of seconds that is not over": {
    deadlineMs: 5000,
    now: at("10:00:03"),
    ours: ["start schedule 10:00:00", "wake 10:00:05"],
    kubernetes: "may never start with a deadline under ten seconds, its documents say; ours looks when it is due",
  },

  "ran before, not time": { ran: "before", now: justBeforeTheHour, ours: ["wake 10:00:00"], kubernetes: "same" },
  "ran before, is time": { ran: "before", now: justAfterTheHour, ours: started, kubernetes: "same" },
  "ran before, is time, suspended": {
    ran: "before",
    suspended: true,
    now: justAfterTheHour,
    ours: skipped("suspended"),
    kubernetes: suspendedInKubernetes,
  },
  "ran before, is time, past its deadline": {
    ran: "before",
    deadlineMs: SHORT,
    now: justAfterTheHour,
    ours: missed("too-late"),
    kubernetes: deadlineInKubernetes,
  },
  "ran before, is time, not past its deadline": {
    ran: "before",
    deadlineMs: LONG,
    now: justAfterTheHour,
    ours: started,
    kubernetes: "same",
  },
  "ran before, and resumed after what was due had been skipped": {
    ran: "before",
    cursor: onTheHour,
    now: justAfterTheHour,
    ours: ["wake 11:00:00"],
    kubernetes: "starts what was due while it was suspended; ours was skipped, which is what suspending is for",
  },

  "still active, not time": { ran: "active", now: justBeforeTheHour, ours: ["wake 10:00:00"], kubernetes: "same" },
  "still active, is time": {
    ran: "active",
    now: justAfterTheHour,
    ours: whileActive,
    kubernetes: whileActiveInKubernetes,
  },
  "still active, is time, suspended": {
    ran: "active",
    suspended: true,
    now: justAfterTheHour,
    ours: skipped("suspended"),
    kubernetes: suspendedInKubernetes,
  },
  "still active, is time, past its deadline": {
    ran: "active",
    deadlineMs: SHORT,
    now: justAfterTheHour,
    ours: missed("too-late"),
    kubernetes: deadlineInKubernetes,
  },
  "still active, is time, not past its deadline": {
    ran: "active",
    deadlineMs: LONG,
    now: justAfterTheHour,
    ours: whileActive,
    kubernetes: whileActiveInKubernetes,
  },
  "ended since, after what was due meanwhile had been decided": {
    ran: "before",
    cursor: onTheHour,
    now: aQuarterPast,
    ours: ["wake 11:00:00"],
    kubernetes: {
      allow: "same",
      forbid: "starts what was due while the other one ran; ours was skipped, and stays so",
      replace: "same",
      queue: "has none; ours lets it wait",
    },
  },

  "ran before, one missed a quarter of an hour ago": {
    ran: "before",
    now: aQuarterPast,
    ours: caughtUp,
    kubernetes: "same",
  },
  "ran before, one missed a quarter of an hour ago, catch_up none": {
    ran: "before",
    catchUp: "none",
    now: aQuarterPast,
    ours: missed("gap"),
    kubernetes: "starts it, unless a deadline forbids that; ours can say so without one",
  },
  "ran before, one missed a quarter of an hour ago, past its deadline": {
    ran: "before",
    deadlineMs: SHORT,
    now: aQuarterPast,
    ours: missed("too-late"),
    kubernetes: deadlineInKubernetes,
  },
  "still active, one missed a quarter of an hour ago": {
    ran: "active",
    now: aQuarterPast,
    ours: { ...whileActive, allow: caughtUp },
    kubernetes: whileActiveInKubernetes,
  },
  "still active, one missed a quarter of an hour ago, catch_up all": {
    ran: "active",
    catchUp: "all",
    now: aQuarterPast,
    ours: { allow: caughtUp, forbid: ["wake 11:00:00"], replace: ["wake 11:00:00"], queue: ["wake 11:00:00"] },
    kubernetes: "has no such thing; ours works off a gap one after the other, whatever overlap says",
  },
  "two due within a minute": {
    pattern: "* * * * *",
    cursor: justBeforeTheHour,
    now: justAfterTheHour,
    ours: {
      allow: ["start schedule 10:00:00", "wake 10:02:00"],
      forbid: ["start schedule 10:00:00", "wake 10:02:00"],
      replace: ["skipped superseded 10:00:00", "start schedule 10:01:00", "wake 10:02:00"],
      queue: ["start schedule 10:00:00", "wake 10:02:00"],
    },
    kubernetes: "starts only the newest, and never mentions the other; ours gives each a verdict",
  },

  "ran before, long overdue, no deadline": {
    ran: "before",
    now: aWeekAfterTheHour,
    ours: overdue("missed gap 10:00:00..09:00:00 (168)", "11:00:00"),
    kubernetes: longOverdueInKubernetes,
  },
  "ran before, long overdue, not past its deadline": {
    ran: "before",
    deadlineMs: LONG,
    now: aWeekAfterTheHour,
    ours: overdue("missed gap 10:00:00..09:00:00 (168)", "11:00:00"),
    kubernetes: longOverdueInKubernetes,
  },
  "ran before, long overdue, past a deadline of two hours": {
    ran: "before",
    deadlineMs: MEDIUM,
    now: aWeekAfterTheHour,
    ours: overdue("missed too-late 10:00:00..07:00:00 (166)", "missed gap 08:00:00..09:00:00 (2)", "11:00:00"),
    kubernetes: "starts the newest alone, and does not count the others; ours does",
  },
  "ran before, long overdue, past a short deadline": {
    ran: "before",
    deadlineMs: SHORT,
    now: aWeekAfterTheHour,
    ours: ["missed too-late 10:00:00..09:00:00 (168)", "start schedule 10:00:00", "wake 10:00:10"],
    kubernetes: "same",
  },
  "ran before, long overdue, catch_up all": {
    ran: "before",
    catchUp: "all",
    now: aWeekAfterTheHour,
    ours: ["missed gap 10:00:00..06:00:00 (69)", "start catch-up 07:00:00", "wake 11:00:00"],
    kubernetes: "starts the newest alone; ours the newest hundred, oldest first, for jobs whose every time counts",
  },

  "this one ran, and the clock went back": {
    ran: "before",
    cursor: onTheHour,
    now: justBeforeTheHour,
    ours: ["wake 11:00:00"],
    kubernetes: "same",
  },
  "the clock went back by a day": {
    ran: "before",
    cursor: new Date("2026-11-19T10:00:00Z"),
    now: onTheHour,
    ours: ["wake 11:00:00"],
    kubernetes: "same",
  },
  "the clock went forward by a day": {
    ran: "before",
    now: new Date("2026-11-19T09:59:00Z"),
    ours: ["missed gap 10:00:00..08:00:00 (23)", "start catch-up 09:00:00", "wake 10:00:00"],
    kubernetes: "same",
  },
  "this one was started, and its object is not found": {
    ran: "active",
    cursor: onTheHour,
    now: justAfterTheHour,
    ours: ["wake 11:00:00"],
    kubernetes: "same",
  },

  "with @every, never ran, is time": {
    pattern: "@every 1h",
    cursor: justBeforeTheHour,
    now: onTheHour,
    ours: started,
    kubernetes: everyInKubernetes,
  },
  "with @every, ran before, not time": {
    pattern: "@every 1h",
    ran: "before",
    now: justBeforeTheHour,
    ours: ["wake 10:00:00"],
    kubernetes: everyInKubernetes,
  },
  "with @every, ran before, is time, not past its deadline": {
    pattern: "@every 1h",
    ran: "before",
    deadlineMs: SHORT,
    now: at("10:00:09"),
    ours: ["start schedule 10:00:00", "wake 10:00:10"],
    kubernetes: "is not started: there a deadline shifts the count; ours hangs on nothing but the epoch",
  },
  "with @every, still active, is time": {
    pattern: "@every 1h",
    ran: "active",
    now: justAfterTheHour,
    ours: whileActive,
    kubernetes: whileActiveInKubernetes,
  },
  "with @every, ran before, long overdue": {
    pattern: "@every 1h",
    ran: "before",
    now: aWeekAfterTheHour,
    ours: overdue("missed gap 10:00:00..09:00:00 (168)", "11:00:00"),
    kubernetes: longOverdueInKubernetes,
  },

  "clocks go forward over its fixed time": {
    ...newYork,
    pattern: "30 2 * * *",
    cursor: new Date("2026-03-08T06:00:00Z"),
    now: new Date("2026-03-08T07:00:10Z"),
    ours: ["start schedule 07:00:00", "wake 06:30:00"],
    kubernetes: "does not start it that day; ours goes by cron: it runs right after the gap",
  },
  "clocks go forward over the hours of a job that follows the clock": {
    ...newYork,
    pattern: "*/20 2 * * *",
    cursor: new Date("2026-03-08T06:00:00Z"),
    now: new Date("2026-03-08T07:00:10Z"),
    ours: ["wake 06:00:00"],
    kubernetes: "same",
  },
  "clocks go back over its fixed time, and it ran the first time": {
    ...newYork,
    pattern: "30 1 * * *",
    cursor: new Date("2026-11-01T05:30:00Z"),
    now: new Date("2026-11-01T06:30:10Z"),
    ours: ["wake 06:30:00"],
    kubernetes: "starts it a second time; ours goes by cron: once a day is once",
  },
  "clocks go back over the hours of a job that follows the clock": {
    ...newYork,
    pattern: "*/30 1 * * *",
    cursor: new Date("2026-11-01T05:30:00Z"),
    now: new Date("2026-11-01T06:00:10Z"),
    ours: ["start schedule 06:00:00", "wake 06:30:00"],
    kubernetes: "same",
  },
};

/** Of a week the newest is started, which is due now: it makes up for the others. */
function overdue(...passedOverAndWake: readonly string[]): readonly string[] {
  const passedOver = passedOverAndWake.slice(0, -1);
  return [...passedOver, "start catch-up 10:00:00", `wake ${passedOverAndWake.at(-1)}`];
}
