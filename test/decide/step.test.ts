import { describe, expect, it } from "vitest";
import { type Effect, type StartWindow, step } from "../../src/decide/step.ts";
import type { ObjectState } from "../../src/engines/engine.ts";
import type { RunPolicies } from "../../src/job/job.ts";
import type { Attempt } from "../../src/ledger/record.ts";
import { at } from "../support/a-job.ts";

interface Case {
  readonly attempt?: Partial<Attempt>;
  readonly policies?: Partial<RunPolicies>;
  readonly state: ObjectState | undefined;
  readonly since?: Date;
  readonly began?: StartWindow;
  readonly isRemoved?: boolean;
  readonly isAnothers?: boolean;
  readonly isRemovalInTrouble?: boolean;
  /** The attempt is bound at 12:00:00. */
  readonly now: Date;
  readonly expected: Effect | Record<string, unknown>;
}

const exited = (exitCode: number, oom = false): ObjectState => ({
  phase: "ended",
  end: { kind: "exited", exitCode, oom },
  startedAt: at("12:00:01"),
  finishedAt: at("12:00:31"),
});
const running: ObjectState = { phase: "running", startedAt: at("12:00:01") };
const timedOut = { stopping: { reason: "timed-out", since: at("12:00:30") } } as const;
const givenUp = {
  stopping: { reason: "timed-out", since: at("12:10"), notStarted: "no suitable node" },
} as const;
const ended = (outcome: object) => ({
  kind: "record",
  end: { outcome, startedAt: at("12:00:01"), finishedAt: at("12:00:31") },
});

const cases: Record<string, Case> = {
  "inert, seen for the first time: a start may be on its way, so wait": {
    state: { phase: "inert" },
    now: at("12:00:05"),
    expected: { kind: "wait", until: at("12:00:07") },
  },
  "inert for less than two seconds: wait on": {
    state: { phase: "inert" },
    since: at("12:00:05"),
    now: at("12:00:06"),
    expected: { kind: "wait", until: at("12:00:07") },
  },
  "inert for two seconds: no start is on its way, so start it": {
    state: { phase: "inert" },
    since: at("12:00:05"),
    now: at("12:00:07"),
    expected: { kind: "activate" },
  },
  "running, its template gone with its job: to be stopped, as cancelled": {
    policies: { endsWithTemplate: true },
    state: running,
    isRemoved: true,
    now: at("12:00:20"),
    expected: { kind: "note-stopping", stopping: { reason: "cancelled", since: at("12:00:20") } },
  },
  "running, its job gone and no template with it: goes on": {
    state: running,
    isRemoved: true,
    now: at("12:00:20"),
    expected: { kind: "wait" },
  },
  "pending, its template gone with its job: to be stopped, as cancelled": {
    policies: { endsWithTemplate: true },
    state: { phase: "pending" },
    isRemoved: true,
    now: at("12:00:20"),
    expected: { kind: "note-stopping", stopping: { reason: "cancelled", since: at("12:00:20") } },
  },
  "inert, and to be stopped: removed first, for a scheduler that stalled may still activate it": {
    attempt: { stopping: { reason: "cancelled", since: at("12:00:05") } },
    state: { phase: "inert" },
    now: at("12:00:06"),
    expected: { kind: "withdraw" },
  },
  "ended after it was stopped for its template's sake: cancelled, with its exit code": {
    attempt: { stopping: { reason: "cancelled", since: at("12:00:30") } },
    state: exited(143),
    now: at("12:00:40"),
    expected: ended({ kind: "cancelled", exitCode: 143 }),
  },
  "shut down by the engine: lost, whatever its exit code": {
    state: { phase: "ended", end: { kind: "shut-down", message: "node w1 is drained", exitCode: 0 } },
    now: at("12:00:40"),
    expected: {
      kind: "record",
      end: { outcome: { kind: "lost", reason: "shut-down", message: "node w1 is drained" } },
    },
  },
  "shut down by the engine, as we had told it: timed out": {
    attempt: timedOut,
    state: { phase: "ended", end: { kind: "shut-down", message: "stopped", exitCode: 137 } },
    now: at("12:00:40"),
    expected: { kind: "record", end: { outcome: { kind: "timed-out", exitCode: 137 } } },
  },
  "inert past pending_timeout: given up, but not ended yet, for a start may be on its way": {
    state: { phase: "inert" },
    now: at("12:10"),
    expected: {
      kind: "note-stopping",
      stopping: { reason: "timed-out", since: at("12:10"), notStarted: "the engine did not say why" },
    },
  },
  "given up and inert: removed before its end is recorded": {
    attempt: givenUp,
    state: { phase: "inert" },
    now: at("12:10:01"),
    expected: { kind: "withdraw" },
  },
  "given up and waiting on a node: removed, since it need not be stopped": {
    attempt: givenUp,
    state: { phase: "pending", mayRun: true },
    now: at("12:10:01"),
    expected: { kind: "withdraw" },
  },
  "given up and gone: rejected, when it was given up, in the engine's words": {
    attempt: givenUp,
    state: undefined,
    now: at("12:10:05"),
    expected: {
      kind: "record",
      end: {
        outcome: { kind: "rejected", reason: "pending-timeout", message: "no suitable node" },
        finishedAt: at("12:10"),
      },
    },
  },
  "given up, and made unable to start though not removed yet: rejected": {
    attempt: givenUp,
    state: { phase: "ended", end: { kind: "shut-down", message: "an operator scaled its service to 0" } },
    now: at("12:10:05"),
    expected: { kind: "record", end: { outcome: { kind: "rejected", reason: "pending-timeout" } } },
  },
  "given up, and yet it runs, since a start was on its way: stopped": {
    attempt: givenUp,
    state: { phase: "running", startedAt: at("12:10:01") },
    now: at("12:10:02"),
    expected: { kind: "stop" },
  },
  "given up, and yet it ran, and was told to stop: timed out": {
    attempt: { stopping: { ...givenUp.stopping, signalledAt: at("12:10:02") } },
    state: { ...exited(143), startedAt: at("12:10:01"), finishedAt: at("12:10:03") } as ObjectState,
    now: at("12:10:04"),
    expected: { kind: "record", end: { outcome: { kind: "timed-out", exitCode: 143 } } },
  },
  "given up, and yet it ran and ended by itself: as it ended": {
    attempt: givenUp,
    state: { ...exited(0), startedAt: at("12:10:01"), finishedAt: at("12:10:03") } as ObjectState,
    now: at("12:10:04"),
    expected: { kind: "record", end: { outcome: { kind: "succeeded", exitCode: 0 } } },
  },
  "given up, and its removal fails: tried again for five minutes": {
    attempt: givenUp,
    state: { phase: "inert" },
    isRemovalInTrouble: true,
    now: at("12:14:59"),
    expected: { kind: "withdraw" },
  },
  "given up, and it could not be removed for five minutes: rejected all the same": {
    attempt: givenUp,
    state: { phase: "inert" },
    isRemovalInTrouble: true,
    now: at("12:15"),
    expected: { kind: "record", end: { outcome: { kind: "rejected", reason: "pending-timeout" } } },
  },
  "pending on a node, and to be stopped: it may run there already, so it is stopped first": {
    attempt: { stopping: { reason: "replaced", since: at("12:00:05") } },
    state: { phase: "pending", detail: "starting on node w1", mayRun: true },
    now: at("12:00:06"),
    expected: { kind: "stop", until: at("12:00:25") },
  },
  "pending on a node for longer than a stop may take: removed by force": {
    attempt: { stopping: { reason: "replaced", since: at("12:00:05") } },
    state: { phase: "pending", detail: "starting on node w1", mayRun: true },
    now: at("12:00:25"),
    expected: { kind: "remove-by-force" },
  },
  "pending: wait for pending_timeout": {
    state: { phase: "pending" },
    now: at("12:03"),
    expected: { kind: "wait", until: at("12:10") },
  },
  "pending past pending_timeout: given up, with the engine's last words": {
    state: { phase: "pending", detail: "no suitable node" },
    now: at("12:10"),
    expected: {
      kind: "note-stopping",
      stopping: { reason: "timed-out", since: at("12:10"), notStarted: "no suitable node" },
    },
  },
  "running without a timeout: look again later, in case a wake was lost": {
    state: running,
    now: at("12:00:05"),
    expected: { kind: "wait", until: at("12:00:20") },
  },
  "running, and nothing will tell of its end: look again soon": {
    state: { phase: "running", startedAt: at("12:00:01"), isUnheard: true },
    now: at("12:00:05"),
    expected: { kind: "wait", until: at("12:00:06") },
  },
  "running with a timeout that is near: look again then": {
    state: running,
    policies: { timeoutMs: 30_000 },
    now: at("12:00:25"),
    expected: { kind: "wait", until: at("12:00:31") },
  },
  "running past its timeout: first note why it is stopped": {
    state: running,
    policies: { timeoutMs: 30_000 },
    now: at("12:00:31"),
    expected: { kind: "note-stopping", stopping: { reason: "timed-out", since: at("12:00:31") } },
  },
  "the engine's clock is behind ours: the timeout counts from the binding": {
    state: { phase: "running", startedAt: at("11:00") },
    policies: { timeoutMs: 30_000 },
    now: at("12:00:29"),
    expected: { kind: "wait", until: at("12:00:30") },
  },
  "running, since when is not known: the timeout counts from the binding": {
    state: { phase: "running" },
    policies: { timeoutMs: 30_000 },
    now: at("12:00:29"),
    expected: { kind: "wait", until: at("12:00:30") },
  },
  "ended, and it is not known when it had started: that was at the binding": {
    state: { ...exited(0), startedAt: "unknown", finishedAt: at("12:00:31") } as ObjectState,
    now: at("12:00:40"),
    expected: { kind: "record", end: { startedAt: at("12:00"), finishedAt: at("12:00:31") } },
  },
  "running, and noted as timed out: stop it": {
    attempt: timedOut,
    state: running,
    now: at("12:00:30"),
    expected: { kind: "stop", gracePeriodMs: 10_000, until: at("12:00:50") },
  },
  "still running ten seconds after its grace period: remove it by force": {
    attempt: timedOut,
    state: running,
    now: at("12:00:50"),
    expected: { kind: "remove-by-force" },
  },
  "ended, and about to be run again by the engine: its exit code counts, and then it is removed": {
    state: { ...exited(3), runsAgain: true } as ObjectState,
    now: at("12:01"),
    expected: { ...ended({ kind: "failed", exitCode: 3, oom: false }), removes: true },
  },
  "exit 0: succeeded": { state: exited(0), now: at("12:01"), expected: ended({ kind: "succeeded", exitCode: 0 }) },
  "exit 3: failed": {
    state: exited(3),
    now: at("12:01"),
    expected: ended({ kind: "failed", exitCode: 3, oom: false }),
  },
  "exit 3 with success_exit_codes [0, 3]: succeeded": {
    policies: { successExitCodes: [0, 3] },
    state: exited(3),
    now: at("12:01"),
    expected: ended({ kind: "succeeded", exitCode: 3 }),
  },
  "exit 0 with success_exit_codes [3]: failed": {
    policies: { successExitCodes: [3] },
    state: exited(0),
    now: at("12:01"),
    expected: ended({ kind: "failed", exitCode: 0, oom: false }),
  },
  "exit 22 of a request that says why: failed, and the outcome says it, too": {
    state: {
      ...exited(22),
      end: { kind: "exited", exitCode: 22, oom: false, message: "status 503" },
    } as ObjectState,
    now: at("12:01"),
    expected: ended({ kind: "failed", exitCode: 22, oom: false, message: "status 503" }),
  },
  "out of memory: failed, and said so, whatever the exit code": {
    state: exited(7, true),
    now: at("12:01"),
    expected: ended({ kind: "failed", exitCode: 7, oom: true }),
  },
  "stopped for its timeout: timed out, not failed": {
    attempt: timedOut,
    state: exited(143),
    now: at("12:01"),
    expected: ended({ kind: "timed-out", exitCode: 143 }),
  },
  "ended by itself before the stop was noted: its own exit code counts": {
    attempt: { stopping: { reason: "timed-out", since: at("12:00:32") } },
    state: exited(0),
    now: at("12:01"),
    expected: ended({ kind: "succeeded", exitCode: 0 }),
  },
  "never started: rejected, with the engine's words": {
    state: {
      phase: "ended",
      end: { kind: "rejected", reason: "start-failed", message: 'exec: "nope": not found' },
    },
    now: at("12:00:02"),
    expected: {
      kind: "record",
      end: {
        outcome: { kind: "rejected", reason: "start-failed", message: 'exec: "nope": not found' },
        finishedAt: at("12:00:02"),
      },
    },
  },
  "its node is down: it may come back, so wait": {
    state: { phase: "unreachable", message: "node n2 is down", node: "n2" },
    now: at("12:02"),
    expected: { kind: "wait", until: at("12:02:15") },
  },
  "its node has been down for most of a minute: wait for the rest of it": {
    state: { phase: "unreachable", message: "node n2 is down", node: "n2" },
    since: at("12:01:10"),
    now: at("12:02"),
    expected: { kind: "wait", until: at("12:02:10") },
  },
  "its node has been down for a minute: lost": {
    state: { phase: "unreachable", message: "node n2 is down", node: "n2", startedAt: at("12:00:01") },
    since: at("12:01"),
    now: at("12:02"),
    expected: {
      kind: "record",
      end: {
        outcome: { kind: "lost", reason: "node-down", message: "node n2 is down" },
        startedAt: at("12:00:01"),
        finishedAt: at("12:02"),
        node: "n2",
      },
    },
  },
  "its node is down, and its job gives it longer: wait": {
    policies: { nodeGraceMs: 600_000 },
    state: { phase: "unreachable", message: "node n2 is down" },
    since: at("12:01"),
    now: at("12:10:55"),
    expected: { kind: "wait", until: at("12:11") },
  },
  "its node is down while it is to be stopped: whether it was is not known": {
    attempt: timedOut,
    state: { phase: "unreachable", message: "node n2 is down" },
    since: at("12:01"),
    now: at("12:02"),
    expected: { kind: "record", end: { outcome: { kind: "lost" } } },
  },
  "its node is gone for good: lost": {
    state: { phase: "ended", end: { kind: "node-down", message: "node n2 is down" }, node: "n2" },
    now: at("12:02"),
    expected: {
      kind: "record",
      end: {
        outcome: { kind: "lost", reason: "node-down", message: "node n2 is down" },
        finishedAt: at("12:02"),
        node: "n2",
      },
    },
  },
  "ended, and another scheduler follows its output: that one records the end": {
    state: exited(0),
    isAnothers: true,
    since: at("12:00:32"),
    now: at("12:00:32"),
    expected: { kind: "wait", until: at("12:00:34") },
  },
  "ended two seconds ago, and the scheduler that follows its output did not record it: recorded": {
    state: exited(0),
    isAnothers: true,
    since: at("12:00:32"),
    now: at("12:00:34"),
    expected: ended({ kind: "succeeded", exitCode: 0 }),
  },
  "rejected while another scheduler follows it: recorded at once, there is no output": {
    state: { phase: "ended", end: { kind: "rejected", reason: "start-failed", message: "no" } },
    isAnothers: true,
    now: at("12:00:32"),
    expected: { kind: "record", end: { outcome: { kind: "rejected" } } },
  },
  "gone before its end was seen: lost": {
    state: undefined,
    now: at("12:02"),
    expected: { kind: "record", end: { outcome: { kind: "lost", reason: "object-removed" }, finishedAt: at("12:02") } },
  },
  "gone after we stopped it: timed out": {
    attempt: timedOut,
    state: undefined,
    now: at("12:02"),
    expected: { kind: "record", end: { outcome: { kind: "timed-out" }, finishedAt: at("12:02") } },
  },
  "its node's clock is behind, and it was sent the stop signal: timed out, although its end is reported to be before that":
    {
      attempt: { stopping: { reason: "timed-out", since: at("12:00:34"), signalledAt: at("12:00:34") } },
      state: exited(0),
      now: at("12:00:35"),
      expected: ended({ kind: "timed-out", exitCode: 0 }),
    },
  "its node's clock is ahead, and it ended by itself before it was cancelled: its own exit code counts": {
    attempt: { stopping: { reason: "cancelled", since: at("12:00:30") } },
    state: { ...exited(0), startedAt: at("12:00:06"), finishedAt: at("12:00:33") } as ObjectState,
    began: { notBefore: at("12:00"), notAfter: at("12:00:01") },
    now: at("12:00:35"),
    expected: {
      kind: "record",
      end: { outcome: { kind: "succeeded" }, startedAt: at("12:00:01"), finishedAt: at("12:00:28") },
    },
  },
  "its node's clock is a minute behind, and it was pulled for longer than its timeout: that counts from when it was seen to begin":
    {
      state: { phase: "running", startedAt: at("12:04") },
      began: { notBefore: at("12:05"), notAfter: at("12:05:01") },
      policies: { timeoutMs: 10_000 },
      now: at("12:05:01"),
      expected: { kind: "wait", until: at("12:05:10") },
    },
  "its node's clock is a minute ahead: the timeout counts from when it was seen to run": {
    state: { phase: "running", startedAt: at("12:06") },
    began: { notBefore: at("12:05"), notAfter: at("12:05:01") },
    policies: { timeoutMs: 30_000 },
    now: at("12:05:31"),
    expected: { kind: "note-stopping", stopping: { reason: "timed-out", signalledAt: at("12:05:31") } },
  },
  "its node's clock is behind: how long it ran is as its node measured it": {
    state: exited(0),
    began: { notBefore: at("12:00:04"), notAfter: at("12:00:05") },
    now: at("12:00:35"),
    expected: { kind: "record", end: { startedAt: at("12:00:04"), finishedAt: at("12:00:34") } },
  },
  "cancelled while no scheduler was there, an hour ago: told to stop first, not removed by force": {
    attempt: { stopping: { reason: "cancelled", since: at("12:00:30") } },
    state: running,
    now: at("13:00"),
    expected: { kind: "stop", gracePeriodMs: 10_000, until: at("13:00:20") },
  },
  "the engine's clock is ahead of ours: nothing ends in the future": {
    state: {
      phase: "ended",
      end: { kind: "exited", exitCode: 0, oom: false },
      startedAt: at("12:05"),
      finishedAt: at("12:06"),
    },
    now: at("12:00:10"),
    expected: { kind: "record", end: { startedAt: at("12:00:10"), finishedAt: at("12:00:10") } },
  },
};

describe("step", () => {
  it.each(Object.entries(cases))("%s", (_, { attempt, policies, now, expected, ...sight }) => {
    const bound: Attempt = { number: 1, objectName: "a-1", objectId: "id", boundAt: at("12:00"), ...attempt };
    const all = { pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [0], ...policies };
    expect(step(bound, all, { isRemoved: false, ...sight }, now)).toMatchObject(expected);
  });
});
