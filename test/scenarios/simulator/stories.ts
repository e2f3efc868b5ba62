import fc from "fast-check";
import { FOLLOWER_INDEX } from "./job-plan.ts";
import {
  type Act,
  CHANNELS,
  type Deed,
  EFFECTS,
  type Fate,
  type Fault,
  type FollowerPlan,
  type JobPlan,
  type NodesPlan,
  PERIODS_S,
  type Story,
} from "./story.ts";

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((s) => s * 1000);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Mostly short; now and then longer than most patterns' period. */
const duration = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  { weight: 3, arbitrary: seconds(0, 60) },
  { weight: 2, arbitrary: seconds(60, 300) },
);

const pattern = fc.constantFrom(...(Object.keys(PERIODS_S) as (keyof typeof PERIODS_S)[]));
const retries = fc.record({
  limit: fc.integer({ min: 1, max: 3 }),
  delayMs: seconds(1, 90),
  on: fc.subarray(["failed", "rejected", "timed-out", "lost", 75] as const, { minLength: 1 }),
});
const process = fc.record({
  runsForMs: duration,
  exitCode: fc.constantFrom(0, 0, 1, 75),
  ignoresStop: fc.boolean(),
});

const job: fc.Arbitrary<JobPlan> = fc.record({
  patterns: fc.uniqueArray(pattern, { minLength: 1, maxLength: 2 }),
  suspended: fc.constantFrom(false, false, false, false, true),
  overlap: fc.constantFrom("forbid", "allow", "replace", "queue"),
  queueLimit: fc.integer({ min: 1, max: 4 }),
  catchUp: fc.constantFrom("last", "all", "none"),
  catchUpLimit: fc.integer({ min: 1, max: 5 }),
  deadlineMs: maybe(seconds(1, 200)),
  history: fc.integer({ min: 0, max: 3 }),
  timeoutMs: maybe(seconds(1, 120)),
  pendingTimeoutMs: seconds(20, 600),
  successExitCodes: fc.constantFrom([0], [0], [0, 75]),
  retries: maybe(retries),
  processes: fc.array(process, { minLength: 1, maxLength: 3 }),
});

/** Before others have taken notice, or when what it was to do is long done. */
const lateMs = fc.oneof(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 2500, max: 20_000 }), duration);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({ kind: fc.constant("late" as const), ms: lateMs }),
  fc.record({ kind: fc.constantFrom("kill", "kill", "stall", "slow"), ms: duration }),
  fc.constant({ kind: "lose" as const }),
);

/** What matters most happens most. */
const effect = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("prepare", "swap", "swap", "activate", "activate", "remove") },
  { weight: 1, arbitrary: fc.constantFrom(...EFFECTS, "any") },
);

const fault: fc.Arbitrary<Fault> = fc.record({
  scheduler: fc.nat(2),
  effect,
  moment: fc.constantFrom("before", "after"),
  nth: fc.integer({ min: 1, max: 6 }),
  fate,
});

const jobIndex = fc.nat(2);
const edit = fc.oneof(
  fc.constantFrom("vanish" as const, "return" as const),
  job.map(({ patterns }) => ({ patterns })),
  fc.boolean().map((suspended) => ({ suspended })),
  job.map(({ overlap, catchUp, deadlineMs, timeoutMs }) => ({ overlap, catchUp, deadlineMs, timeoutMs })),
);
const clockSteps = [-3600, -600, -90, -20, 20, 90, 600, 3600, 26 * 3600].map((s) => s * 1000);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant("kill"), scheduler: fc.nat(2), downMs: duration }),
  fc.record({ do: fc.constant("stall"), scheduler: fc.nat(2), ms: duration }),
  fc.record({ do: fc.constant("outage"), ms: duration, loses: fc.constantFrom("requests", "answers") }),
  fc.record({ do: fc.constant("lose-node"), node: fc.nat(1), ms: duration }),
  fc.record({ do: fc.constant("step-clock"), byMs: fc.constantFrom(...clockSteps) }),
  fc.record({
    do: fc.constantFrom("run", "run", "pause", "resume", "cancel", "reset", "remove-object"),
    job: jobIndex,
  }),
  fc.record({ do: fc.constant("pause-until"), job: jobIndex, ms: duration }),
  fc.record({ do: fc.constant("pause-all"), ms: maybe(duration) }),
  fc.constant({ do: "resume-all" }),
  fc.record({
    do: fc.constant("absence"),
    ms: seconds(30, 600),
    job: jobIndex,
    meanwhile: fc.constantFrom("nothing", "pause", "pause-until", "pause-all", "pause-all-until", "suspend"),
  }),
  fc.record({ do: fc.constantFrom("trouble", "hang", "stall-pull"), job: jobIndex, ms: seconds(1, 400) }),
  fc.record({ do: fc.constant("edit"), job: jobIndex, to: edit, told: fc.subarray([0, 1, 2]) }),
) as fc.Arbitrary<Deed>;

const act: fc.Arbitrary<Act> = fc.tuple(duration, deed).map(([afterMs, what]) => ({ afterMs, ...what }));

const scheduler = fc.record({
  startsAfterMs: duration,
  latencyMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 })),
});

const telling = fc.record({
  after: fc.integer({ min: 1, max: 3 }),
  remindMs: maybe(seconds(60, 300)),
  expectedMs: maybe(seconds(5, 60)),
});
const mood = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  mood: fc.constantFrom("fails", "fails", "refuses", "hangs", "is mute", "is slow"),
  fromMs: seconds(0, 600),
  ms: duration,
});

const exclusion = fc.record({
  quiet: fc.array(fc.record({ fromMin: fc.nat(12), minutes: fc.integer({ min: 1, max: 5 }) }), { maxLength: 3 }),
  defers: fc.boolean(),
  except: fc.constantFrom(undefined, undefined, undefined, "2026-11-19", "2026-11-18"),
});
const wanted = fc.constantFrom("succeeded", "succeeded", "failed", "ended");
/** What happens to the follower, whose number is one that no other job has. */
const followerDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constantFrom("run", "pause", "resume", "cancel", "reset"), job: fc.constant(FOLLOWER_INDEX) }),
  fc.record({ do: fc.constant("pause-until"), job: fc.constant(FOLLOWER_INDEX), ms: duration }),
  fc.record({
    do: fc.constant("edit"),
    job: fc.constant(FOLLOWER_INDEX),
    to: fc.oneof(
      fc.constantFrom("vanish", "return"),
      wanted.map((on) => ({ on })),
      fc.boolean().map((suspended) => ({ suspended })),
    ),
    told: fc.subarray([0, 1, 2]),
  }),
) as fc.Arbitrary<Deed>;
const follower = fc.record({
  upstream: fc.nat(2),
  on: wanted,
  plan: job.map((plan): JobPlan => ({ ...plan, patterns: [] })),
  acts: fc.array(
    fc.tuple(duration, followerDeed).map(([afterMs, what]): Act => ({ afterMs, ...what })),
    { maxLength: 3 },
  ),
}) as fc.Arbitrary<FollowerPlan>;

const clockAheadS = fc.oneof(fc.constant(0), fc.integer({ min: -60, max: 60 }));

/** How long before it is due a start may be prepared: drawn after all else, so that all else stays what it is. */
const aheadMs = fc.constantFrom(0, 10_000);

const plainStories: fc.Arbitrary<Omit<Story, "aheadMs">> = fc.record({
  kind: fc.constantFrom("container", "service"),
  startsAtS: fc.nat(119),
  jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
  schedulers: fc.array(scheduler, { minLength: 1, maxLength: 3 }),
  engineTells: fc.boolean(),
  clocksAheadS: fc.tuple(clockAheadS, clockAheadS, clockAheadS),
  faults: fc.oneof(fc.constant([]), fc.array(fault, { maxLength: 8 })),
  acts: fc.array(act, { maxLength: 8 }),
  tellings: fc.array(maybe(telling), { minLength: 3, maxLength: 3 }),
  moods: fc.array(mood, { maxLength: 6 }),
  // Last, so that they change nothing of what a seed says of the others.
  exclusions: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(maybe(exclusion), { minLength: 1, maxLength: 3 }) },
  ),
});

const followers = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: follower });

/** All stories there are. */
export const stories: fc.Arbitrary<Story> = fc
  .tuple(plainStories, aheadMs, followers)
  .map(([story, aheadMs, follower]) => ({ ...story, aheadMs, follower }));

/** Between the swap of the pool's record and that of the job's. */
const reservation = fc.record({
  scheduler: fc.nat(2),
  effect: fc.constant("reserve" as const),
  moment: fc.constantFrom("before", "after", "after"),
  nth: fc.integer({ min: 1, max: 6 }),
  fate,
});

const pool = fc.record({
  slots: fc.constantFrom(1, 1, 2),
  members: fc.tuple(fc.constant(true), fc.constantFrom(true, true, true, false), fc.constantFrom(true, true, false)),
});

/** The same stories, with jobs in a pool: what is drawn for that comes after all else, so that the others stay what they are. */
export const pooledStories: fc.Arbitrary<Story> = fc
  .tuple(plainStories, pool, fc.array(reservation, { maxLength: 4 }), aheadMs)
  .map(([story, pool, reservations, aheadMs]) => {
    return { ...story, pool, faults: [...story.faults, ...reservations], aheadMs };
  });

const planned: fc.Arbitrary<Act> = fc
  .tuple(duration, jobIndex, duration)
  .map(([afterMs, job, ms]) => ({ afterMs, do: "plan", job, ms: ms + 1 }));

/** The same stories, whose times are shifted by a jitter, and with starts that are planned: drawn after all else, as for pools. */
export const spreadStories: fc.Arbitrary<Story> = fc
  .tuple(
    plainStories,
    aheadMs,
    fc.array(fc.constantFrom(0, 0.3, 0.9), { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(8), planned), { minLength: 1, maxLength: 4 }),
  )
  .map(([story, aheadMs, jitters, plans]) => {
    const acts = [...story.acts];
    for (const [place, plan] of plans) acts.splice(place, 0, plan);
    return { ...story, aheadMs, jitters, acts };
  });

/** Of 1 s to 5 min, for which the change lasts that can be undone. */
const lasting = maybe(fc.oneof(seconds(1, 90), duration));
const heardAfterMs = fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(20_000));
const NODE_CHANGES = [
  "drain",
  "pause",
  "activate",
  "label",
  "unlabel",
  "leave",
  "join",
  "join-anew",
  "forget",
] as const;
const changeOfNode: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      afterMs: duration,
      do: fc.constant("node" as const),
      node: fc.nat(2),
      becomes: fc.constantFrom("drain" as const, ...NODE_CHANGES),
      ms: lasting,
      heardAfterMs: fc.tuple(heardAfterMs, heardAfterMs, heardAfterMs),
    }),
  },
  // A day is over, or nearly so.
  {
    weight: 1,
    arbitrary: fc.record({
      afterMs: duration,
      do: fc.constant("step-clock" as const),
      byMs: fc.constantFrom(23 * 3600_000, 25 * 3600_000),
    }),
  },
);

const nodes = fc.record({
  jobs: fc.tuple(fc.constantFrom("each", "labelled"), fc.constantFrom("each", "labelled", "any"), fc.constant("any")),
  hosts: fc.array(fc.record({ isThere: fc.boolean(), isLabelled: fc.boolean() }), { minLength: 3, maxLength: 3 }),
});

/** The same stories on Swarms, with jobs for each node, and nodes that come and go: drawn after all else, as for pools. */
export const nodedStories: fc.Arbitrary<Story> = fc
  .tuple(
    plainStories,
    aheadMs,
    nodes as fc.Arbitrary<NodesPlan>,
    fc.array(fc.tuple(fc.nat(8), changeOfNode), { minLength: 2, maxLength: 8 }),
  )
  .map(([story, aheadMs, nodes, changes]) => {
    const acts = [...story.acts];
    for (const [place, change] of changes) acts.splice(place, 0, change);
    return { ...story, kind: "service", aheadMs, nodes, acts };
  });
