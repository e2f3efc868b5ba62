import { describe, expect, it } from "vitest";
import { noteRemoval } from "../../../src/ledger/changes/definitions.ts";
import { startRun } from "../../../src/ledger/changes/occurrences.ts";
import {
  askForRun,
  dropRefusedRequests,
  dropsRefusedAt,
  hasRoomFor,
  keepRequest,
  refuseRequest,
  withdrawRequest,
} from "../../../src/ledger/changes/requests.ts";
import {
  expiresAt,
  isExpired,
  type JobRecord,
  REQUEST_LIFETIME_MS,
  type RunRequest,
} from "../../../src/ledger/record.ts";
import { readRecord, writeRecord } from "../../../src/ledger/record-json.ts";
import { aJob, aRecord, at } from "../../support/a-job.ts";

const job = aJob();
const askedAt = at("12:00");
const later = (ms: number) => new Date(askedAt.getTime() + ms);
const request = (id: string, change: Partial<RunRequest> = {}): RunRequest => ({ id, kind: "run", askedAt, ...change });
const recordWith = (...requests: RunRequest[]): JobRecord => aRecord(at("11:00"), { requests }, job);
const refusedAt = (id: string, refused: Date): RunRequest =>
  request(id, { refused: { reason: "still-running", at: refused } });

function start(record: JobRecord, id: string, boundAt: Date): JobRecord | undefined {
  const { hash: definition, policies } = job;
  const attempt = { number: 1, objectName: "backup-1", objectId: "1", boundAt };
  const run = { id: `backup-${id}`, trigger: "manual", scheduledAt: askedAt, definition, request: id } as const;
  return startRun(record, { ...run, policies: policies.run, overlap: policies.overlap, attempt });
}

describe("the lifetime of a request", () => {
  it("is five minutes: it is started until a millisecond before the end, and not later", () => {
    const record = recordWith(request("a"));
    expect(expiresAt(record, request("a"))).toEqual(later(REQUEST_LIFETIME_MS));
    expect(REQUEST_LIFETIME_MS).toBe(5 * 60_000);
    for (const [ms, isOver] of [
      [-1, false],
      [0, true],
      [1, true],
    ] as const) {
      const now = later(REQUEST_LIFETIME_MS + ms);
      expect(isExpired(record, request("a"), now)).toBe(isOver);
      expect(start(record, "a", now) === undefined).toBe(isOver);
    }
  });

  it.each([10_000, 3600_000])("is the job's starting_deadline where it has one: %d ms", (startingDeadlineMs) => {
    const record = aRecord(at("11:00"), {}, aJob({ policies: { startingDeadlineMs } }));
    expect(expiresAt(record, request("a"))).toEqual(later(startingDeadlineMs));
  });

  it("is extended while a scheduler is busy with the start, and never shortened", () => {
    const record = recordWith(request("a"));
    const until = later(2 * REQUEST_LIFETIME_MS);
    const kept = keepRequest(record, "a", until) as JobRecord;
    expect(expiresAt(kept, kept.requests[0] as RunRequest)).toEqual(until);
    expect(keepRequest(kept, "a", later(REQUEST_LIFETIME_MS))).toBeUndefined();
    expect(start(kept, "a", later(REQUEST_LIFETIME_MS + 1))?.runs).toHaveLength(1);
    expect(keepRequest(record, "b", until)).toBeUndefined();
    expect(readRecord(writeRecord(kept))).toEqual({ kind: "record", record: kept });
  });
});

describe("a request that is withdrawn", () => {
  it("is gone, and is never started", () => {
    const record = withdrawRequest(recordWith(request("a"), request("b")), "a") as JobRecord;
    expect(record.requests).toEqual([request("b")]);
    expect(start(record, "a", later(1))).toBeUndefined();
  });

  it("cannot be withdrawn once it is started, refused or gone", () => {
    const record = recordWith(request("a"));
    expect(withdrawRequest(start(record, "a", later(1)), "a")).toBeUndefined();
    expect(withdrawRequest(refuseRequest(record, "a", "expired", later(1)), "a")).toBeUndefined();
    expect(withdrawRequest(record, "b")).toBeUndefined();
    expect(withdrawRequest(undefined, "a")).toBeUndefined();
  });
});

describe("a request that is refused", () => {
  it("keeps its reason, but not its variables", () => {
    const record = refuseRequest(
      recordWith(request("a", { environment: { KEY: "x" }, keptUntil: later(1) })),
      "a",
      "expired",
      later(2),
    );
    expect(record?.requests).toEqual([request("a", { refused: { reason: "expired", at: later(2) } })]);
    expect(start(record as JobRecord, "a", later(3))).toBeUndefined();
  });

  it("is refused as removed when its job is removed", () => {
    const record = recordWith(refusedAt("a", at("11:30")), request("b"));
    expect(noteRemoval(record, 9, later(1))?.requests).toEqual([
      refusedAt("a", at("11:30")),
      request("b", { refused: { reason: "removed", at: later(1) } }),
    ]);
  });

  it("stays for an hour, to the millisecond", () => {
    const record = recordWith(request("a"), refusedAt("b", askedAt));
    expect(dropsRefusedAt(record)).toEqual(later(3600_000));
    expect(dropRefusedRequests(record, later(3600_000 - 1))).toBeUndefined();
    expect(dropRefusedRequests(record, later(3600_000))?.requests).toEqual([request("a")]);
    expect(dropsRefusedAt(recordWith(request("a")))).toBeUndefined();
  });

  it("gives way to newer ones; as many stay as may be pending", () => {
    const asked = (count: number) =>
      Array.from({ length: count }, (_, index) => `w${index}`).reduce<JobRecord | undefined>(
        (record, id) => askForRun(record, request(id)),
        recordWith(refusedAt("old", at("11:30"))),
      );
    expect(asked(19)).toBeDefined();
    expect(asked(20)).toBeDefined();
    expect(asked(21)).toBeUndefined();
    const refused = noteRemoval(asked(20), 9, later(1));
    expect(refused?.requests.map(({ refused }) => refused?.reason)).toEqual(
      Array.from({ length: 20 }, () => "removed"),
    );
  });

  it("takes no space from later requests", () => {
    const large = request("a", { environment: { KEY: "x".repeat(5000) } });
    const record = askForRun(recordWith(), large) as JobRecord;
    expect(hasRoomFor(record, { ...large, id: "b" })).toBe(false);
    expect(
      askForRun(refuseRequest(record, "a", "still-running", later(1)), { ...large, id: "b" })?.requests,
    ).toHaveLength(2);
  });
});

describe("the trace of the caller", () => {
  const trace = {
    parent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    state: "s".repeat(512),
    baggage: "b".repeat(512),
  };

  it("is kept, and its parent alone where the rest would take more than half of the room", () => {
    let record: JobRecord | undefined = recordWith();
    for (let i = 0; i < 20; i++) record = askForRun(record, request(`r${i}`, { trace }));
    expect(record?.requests).toHaveLength(20);
    const kept = record?.requests.map(({ trace }) => trace) ?? [];
    expect(kept[0]).toEqual(trace);
    expect(kept.at(-1)).toEqual({ parent: trace.parent });
    expect(readRecord(writeRecord(record as JobRecord))).toEqual({ kind: "record", record });
  });

  it("is left out where there is room for the start alone", () => {
    const environment = { KEY: "x".repeat(8060) };
    const record = recordWith();
    expect(hasRoomFor(record, request("a", { environment, trace: { parent: trace.parent } }))).toBe(false);
    expect(askForRun(record, request("a", { environment, trace }))?.requests).toEqual([request("a", { environment })]);
  });

  it("is dropped when the request is refused", () => {
    const refused = refuseRequest(recordWith(request("a", { trace })), "a", "still-running", at("12:01"));
    expect(refused?.requests[0]).not.toHaveProperty("trace");
  });
});
