import type { After, EndWanted, ObjectKind, Overlap, Policies } from "../../../src/job/job.ts";

/** Everything that a seed decides. Plain data, so that fast-check can shrink it. */
export interface Story {
  readonly kind: ObjectKind;
  /** After noon. */
  readonly startsAtS: number;
  readonly jobs: readonly JobPlan[];
  readonly schedulers: readonly SchedulerPlan[];
  /** Whether the engine says when something has happened, or leaves it to be found. */
  readonly engineTells: boolean;
  /** How far the clocks of the engine and of its nodes are ahead of the schedulers'. */
  readonly clocksAheadS: readonly [engine: number, node1: number, node2: number];
  readonly faults: readonly Fault[];
  readonly acts: readonly Act[];
  /** By job: what is told of it. A file may say nothing. */
  readonly tellings: readonly (TellingPlan | undefined)[];
  readonly moods: readonly MoodPlan[];
  /** A job more, which starts after one of the others. Its choices come last, so that other stories stay what they are. */
  readonly follower?: FollowerPlan | undefined;
  /** By job: due times that are not started. None in most stories. */
  readonly exclusions: readonly (ExclusionPlan | undefined)[];
  /** Absent: no job is in a pool. */
  readonly pool?: PoolPlan;
  /** How long before it is due a start may be prepared; 0: not at all. */
  readonly aheadMs: number;
  /** By job: by which part of its period each of its times may be shifted. Absent: by none. */
  readonly jitters?: readonly number[];
  /** Absent: no job is declared for each node. */
  readonly nodes?: NodesPlan;
}

/** The nodes of the Swarm, of which some jobs have one for each. */
export interface NodesPlan {
  /** By job. `labelled`: for each node that has the label. */
  readonly jobs: readonly ("each" | "labelled" | "any")[];
  /** As they are at the beginning. */
  readonly hosts: readonly { readonly isThere: boolean; readonly isLabelled: boolean }[];
}

export interface FollowerPlan {
  readonly upstream: number;
  readonly on: EndWanted;
  readonly plan: JobPlan;
  /** What happens to it in particular, after all else. */
  readonly acts: readonly Act[];
}

export interface ExclusionPlan {
  /** Each day, from so many minutes after noon on. */
  readonly quiet: readonly { readonly fromMin: number; readonly minutes: number }[];
  readonly defers: boolean;
  /** `2026-11-18` is today. */
  readonly except: string | undefined;
}

/** The pool that these jobs share. */
export interface PoolPlan {
  readonly slots: number;
  readonly members: readonly boolean[];
}

export const POOL = "shared";

/** `chat` is told of everything by default; `pager` of failures from this one in a row on, and again while they last. */
export interface TellingPlan {
  readonly after: number;
  readonly remindMs: number | undefined;
  readonly expectedMs: number | undefined;
}

export const CHANNELS = ["chat", "pager"] as const;

/**
 * `fails`: it answers that it cannot. `refuses`: for good. `hangs`: nothing is heard, and no answer comes. `is mute`: all is
 * heard, and no answer comes.
 */
export type Mood = "fails" | "refuses" | "hangs" | "is mute" | "is slow";

/** A channel is not itself for a while. */
export interface MoodPlan {
  readonly channel: (typeof CHANNELS)[number];
  readonly mood: Mood;
  readonly fromMs: number;
  readonly ms: number;
}

export interface SchedulerPlan {
  /** After the beginning; the first one is there from then on. */
  readonly startsAfterMs: number;
  /** How long its requests are on their way. */
  readonly latencyMs: number;
}

export interface JobPlan {
  readonly after?: After;
  readonly patterns: readonly PatternName[];
  readonly suspended: boolean;
  readonly overlap: Overlap;
  readonly queueLimit: number;
  readonly catchUp: Policies["catchUp"];
  readonly catchUpLimit: number;
  readonly deadlineMs: number | undefined;
  readonly history: number;
  readonly timeoutMs: number | undefined;
  readonly pendingTimeoutMs: number;
  readonly successExitCodes: readonly number[];
  readonly retries: RetriesPlan | undefined;
  /** What its processes do, one after the other, and again from the first. */
  readonly processes: readonly ProcessPlan[];
}

/** By their periods: the simulator has its own arithmetic, and does not ask a timetable. */
export const PERIODS_S = {
  "* * * * *": 60,
  "*/2 * * * *": 120,
  "*/5 * * * *": 300,
  "*/20 * * * * *": 20,
  "@every 45s": 45,
  "@every 90s": 90,
} as const;

export type PatternName = keyof typeof PERIODS_S;

export interface RetriesPlan {
  readonly limit: number;
  readonly delayMs: number;
  readonly on: readonly ("failed" | "rejected" | "timed-out" | "lost" | number)[];
}

export interface ProcessPlan {
  readonly runsForMs: number;
  readonly exitCode: number;
  readonly ignoresStop: boolean;
}

/** What a scheduler asks of the engine or the ledger. */
export const EFFECTS = [
  "greet",
  "list",
  "look",
  "prepare",
  "pull",
  "activate",
  "activate-again",
  "stop",
  "remove",
  "load",
  "read",
  "swap",
  "remove-record",
  "generation",
] as const;

export type EffectName = (typeof EFFECTS)[number] | "tell" | "reserve" | "nodes";

/** Meets a scheduler at an effect of this name (or any), before it is carried out or before it is answered. */
export interface Fault {
  readonly scheduler: number;
  readonly effect: EffectName | "any";
  readonly moment: "before" | "after";
  /** At which time that it comes there. */
  readonly nth: number;
  readonly fate: Fate;
}

/**
 * `kill`: it is dead, and another one starts in its place. `stall`: it stands still, and goes on with what it knew.
 * `lose`: request or answer get lost. `slow`: they take so long. `late`: the request is carried out long after the
 * scheduler has given up waiting for it.
 */
export type Fate =
  | { readonly kind: "kill" | "stall" | "slow" | "late"; readonly ms: number }
  | { readonly kind: "lose" };

export type Act = { readonly afterMs: number } & Deed;

export type Deed =
  | { readonly do: "kill"; readonly scheduler: number; readonly downMs: number }
  | { readonly do: "stall"; readonly scheduler: number; readonly ms: number }
  | { readonly do: "outage"; readonly ms: number; readonly loses: "requests" | "answers" }
  | { readonly do: "lose-node"; readonly node: number; readonly ms: number }
  | { readonly do: "step-clock"; readonly byMs: number }
  | { readonly do: "run" | "pause" | "resume" | "cancel" | "reset" | "remove-object"; readonly job: number }
  /** With an end after so long. */
  | { readonly do: "pause-until"; readonly job: number; readonly ms: number }
  /** With an end after so long, where it can be undone; each scheduler hears of it so much later. */
  | {
      readonly do: "node";
      readonly node: number;
      readonly becomes: NodeChange;
      readonly ms: number | undefined;
      readonly heardAfterMs: readonly number[];
    }
  /** A manual start, so much later. */
  | { readonly do: "plan"; readonly job: number; readonly ms: number }
  | { readonly do: "pause-all"; readonly ms: number | undefined }
  | { readonly do: "resume-all" }
  /**
   * All schedulers are away. Meanwhile the job may be paused and resumed, or paused with an end, or be suspended and no longer
   * be; or all jobs may be paused in one of these ways.
   */
  | { readonly do: "absence"; readonly ms: number; readonly job: number; readonly meanwhile: Meanwhile }
  /** Whatever is asked of the engine about an object of this job is answered with an error; or no answer comes; or its image cannot be had. */
  | { readonly do: "trouble" | "hang" | "stall-pull"; readonly job: number; readonly ms: number }
  /** Edits the files; those schedulers that are told see it at once, all others when they start again. */
  | { readonly do: "edit"; readonly job: number; readonly to: JobEdit; readonly told: readonly number[] };

/** `join-anew`: under another ID, while what it was before is still listed. `forget`: that no longer is. */
export type NodeChange =
  | "drain"
  | "pause"
  | "activate"
  | "label"
  | "unlabel"
  | "leave"
  | "join"
  | "join-anew"
  | "forget";

export type Meanwhile = "nothing" | "pause" | "pause-until" | "pause-all" | "pause-all-until" | "suspend";

export type JobEdit = Partial<JobPlan> | { readonly on: EndWanted } | "vanish" | "return";
