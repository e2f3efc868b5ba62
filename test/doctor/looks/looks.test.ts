import { describe, expect, test } from "vitest";
import type { Finding } from "../../../src/doctor/finding.ts";
import { type ClockFacts, lookAtClocks } from "../../../src/doctor/looks/clocks.ts";
import { type HttpFacts, lookAtHttp } from "../../../src/doctor/looks/http.ts";
import { lookAtJobs } from "../../../src/doctor/looks/jobs.ts";
import { type LedgerFacts, lookAtLedger } from "../../../src/doctor/looks/ledger.ts";
import { lookAtRegistries, type RegistryFacts } from "../../../src/doctor/looks/registries.ts";
import { lookAtRequests } from "../../../src/doctor/looks/requests.ts";
import { lookAtOwnTrouble, lookAtSchedulers, type SchedulerFacts } from "../../../src/doctor/looks/schedulers.ts";
import { lookAtTelling, type TellingFacts } from "../../../src/doctor/looks/telling.ts";
import { lookAtZones, type ZoneFacts } from "../../../src/doctor/looks/zones.ts";

const lines = (findings: readonly Finding[]) =>
  findings.map(({ severity, at, message }) => `${severity}: ${at}: ${message}`);

describe("the clocks", () => {
  const agreeing: ClockFacts = { engine: { aheadMs: 20, withinMs: 10 }, nodes: [], nodesSeen: 0 };
  test("that agree are sound, as exactly as the answer tells", () => {
    expect(lines(lookAtClocks(agreeing))).toEqual(["ok: the engine's clock: agrees with this machine's within 2 s"]);
    const slow = { ...agreeing, engine: { aheadMs: 3000, withinMs: 4000 } };
    expect(lookAtClocks(slow)[0]?.severity).toBe("ok");
  });
  test("that differ by seconds are warned of, by minutes wrong", () => {
    expect(lines(lookAtClocks({ ...agreeing, engine: { aheadMs: -5000, withinMs: 10 } }))).toEqual([
      "warning: the engine's clock: is 5 s behind this machine's",
    ]);
    expect(lookAtClocks({ ...agreeing, engine: { aheadMs: 200_000, withinMs: 10 } })[0]?.severity).toBe("problem");
  });
  test("of nodes are named where their reports prove that they differ", () => {
    const nodes = [
      { name: "w1", aheadMs: 90_000 },
      { name: "w2", aheadMs: 0 },
    ];
    expect(lines(lookAtClocks({ ...agreeing, nodes, nodesSeen: 2 })).slice(1)).toEqual([
      "problem: the clock of node w1: is at least 1 min 30 s ahead of the managers'",
    ]);
  });
  test("are unknown where the engine does not say its time", () => {
    expect(lookAtClocks({ nodes: [], nodesSeen: 0 })[0]?.severity).toBe("note");
  });
});

describe("requests", () => {
  const start = { request: "POST /containers/NAME/start", without: "no job starts" };
  test("that pass are one line", () => {
    expect(lines(lookAtRequests("tcp://proxy:2375", [{ ...start, answer: "passed" }]))).toEqual([
      "ok: tcp://proxy:2375: all 1 kinds of request that jobs need pass",
    ]);
  });
  test("that are refused are named, with what does not work without them", () => {
    const tried = [
      { ...start, answer: "refused", status: 403 },
      { request: "GET /networks", without: "purge finds none", isOptional: true, answer: "refused", status: 405 },
      { request: "GET /tasks", without: "no ends", answer: "none", message: "no answer within 10 s" },
    ] as const;
    expect(lines(lookAtRequests("tcp://proxy:2375", tried))).toEqual([
      "problem: tcp://proxy:2375: POST /containers/NAME/start is refused (403), without which no job starts",
      "warning: tcp://proxy:2375: GET /networks is refused (405), without which purge finds none",
      "problem: tcp://proxy:2375: GET /tasks: no answer within 10 s",
    ]);
  });
});

describe("the ledger", () => {
  const folder = { isThere: true, isWritable: true, freeBytes: 10 ** 10, uid: 0, ownUid: 1000 };
  const contents = { records: [{ job: "backup", bytes: 7000 }], newer: [], damaged: [], setAside: 0 };
  const facts: LedgerFacts = { place: "/var/lib/shipbell", folder };
  test("that does not exist yet is none to worry about", () => {
    expect(lines(lookAtLedger(facts))).toEqual([
      "ok: /var/lib/shipbell: there is no ledger yet; the scheduler makes one at its first start",
    ]);
  });
  test("is counted", () => {
    expect(lines(lookAtLedger({ ...facts, contents }))).toEqual([
      "ok: /var/lib/shipbell: the ledger has 1 record, 7 KB in all, the largest 7 KB of at most 64 KB",
    ]);
  });
  test.each<[string, Partial<LedgerFacts>, string]>([
    [
      "cannot be written in its folder",
      { folder: { ...folder, isWritable: false } },
      "problem: /var/lib/shipbell: this folder cannot be written: it belongs to user 0, and shipbell runs as user 1000",
    ],
    [
      "has no folder, nor can have one",
      { folder: { ...folder, isThere: false, isWritable: false } },
      "problem: /var/lib/shipbell: there is no such folder, and none can be made",
    ],
    [
      "has a file of another user",
      { contents, folder: { ...folder, isFileWritable: false } },
      "problem: /var/lib/shipbell/ledger.db: this file cannot be written: it belongs to user 0, and shipbell runs as user 1000",
    ],
    [
      "has little room",
      { contents, folder: { ...folder, freeBytes: 5 * 1024 ** 2 } },
      "warning: /var/lib/shipbell: only 5 MB are free on its disk",
    ],
    [
      "is damaged",
      { unreadable: "file is not a database" },
      "problem: /var/lib/shipbell: the ledger cannot be read: file is not a database",
    ],
    [
      "is of a newer shipbell",
      { contents: { ...contents, newer: ["a", "b"] } },
      "problem: /var/lib/shipbell: the records of a, b are of a newer shipbell: they stay as they are, and these jobs are not started",
    ],
    [
      "has damaged records",
      { contents: { ...contents, damaged: ["a"] } },
      "problem: /var/lib/shipbell: the records of a cannot be read",
    ],
    [
      "had damaged records",
      { contents: { ...contents, setAside: 2 } },
      "note: /var/lib/shipbell: 2 damaged records set aside before",
    ],
    [
      "has a record that is nearly full",
      { contents: { ...contents, records: [{ job: "a", bytes: 65_000 }] } },
      "note: /var/lib/shipbell: the records of a are nearly full: older runs and outputs are dropped from them",
    ],
  ])("that %s", (_, change, expected) => {
    expect(lines(lookAtLedger({ ...facts, ...change }))).toContain(expected);
  });
});

describe("jobs", () => {
  const facts = { sources: ["files", "containers"], unread: [], jobs: 2, problems: [], kept: [] };
  test("without problems are counted", () => {
    expect(lines(lookAtJobs(facts))).toEqual(["ok: --sources: 2 jobs declared in files, containers"]);
  });
  test("that are wrong are named first, and no more than twenty of them", () => {
    const wrong = Array.from({ length: 30 }, (_, line) => ({ at: `a.yml:${line}:1`, message: "wrong" }));
    const found = lines(
      lookAtJobs({ ...facts, problems: [{ at: "a.yml", message: "odd", severity: "warning" }, ...wrong] }),
    );
    expect([found[0], found.length, found.at(-1)]).toEqual([
      "problem: a.yml:0:1: wrong",
      21,
      "warning: --sources: and 11 more problems",
    ]);
  });
  test("that are none are warned of, and so is what could not be read", () => {
    expect(lines(lookAtJobs({ ...facts, jobs: 0, sources: ["files"], unread: ["containers"], kept: ["old"] }))).toEqual(
      [
        "note: --sources: going on as last read: old",
        "note: --sources: the labels of containers were not read: the engine does not answer",
        "warning: --sources: no job is declared in files",
      ],
    );
  });
});

describe("time zones", () => {
  const facts: ZoneFacts = {
    dataVersion: "2026a",
    now: new Date("2026-11-18T12:00:00Z"),
    zones: new Map([
      ["UTC", 0],
      ["Europe/Berlin", 3],
    ]),
    unknown: [],
    timezone: "UTC",
    isTimezoneChosen: false,
  };
  test("are named with the version of their data", () => {
    expect(lines(lookAtZones(facts))).toEqual(["ok: time zones: data of 2026a; jobs use 1 zone: Europe/Berlin"]);
  });
  test("of old data are warned of, unless all is UTC", () => {
    expect(lookAtZones({ ...facts, dataVersion: "2023c" })[0]?.severity).toBe("warning");
    const utc = { ...facts, dataVersion: "2023c", zones: new Map([["UTC", 2]]), isTimezoneChosen: true };
    expect(lookAtZones(utc).map(({ severity }) => severity)).toEqual(["ok"]);
  });
  test("that nobody has chosen are noted", () => {
    expect(lines(lookAtZones({ ...facts, zones: new Map([["UTC", 2]]) }))[0]).toBe(
      "note: --timezone: is not chosen, so schedules are read in UTC",
    );
  });
  test("that the data does not have are warned of", () => {
    expect(lines(lookAtZones({ ...facts, unknown: ["Mars/Olympus"] }))[0]).toMatch(
      /^warning: .* does not have Mars\/Olympus/,
    );
  });
});

describe("credentials for registries", () => {
  const facts: RegistryFacts = {
    path: "/run/secrets/config.json",
    isChosen: true,
    file: "read",
    warnings: [],
    logins: ["registry.example"],
    images: new Map([["registry.example", ["registry.example/a:1"]]]),
  };
  test("are named with the images that need them", () => {
    expect(lines(lookAtRegistries(facts))).toEqual([
      "ok: /run/secrets/config.json: registry.example: credentials for 1 image of declared jobs: registry.example/a:1",
    ]);
    expect(lookAtRegistries({ ...facts, images: new Map() })[0]?.severity).toBe("note");
  });
  test("that cannot be read are a problem if they were chosen", () => {
    expect(lookAtRegistries({ ...facts, file: "missing" })[0]?.severity).toBe("problem");
    expect(lookAtRegistries({ ...facts, file: { unreadable: "EACCES" } })[0]?.severity).toBe("problem");
    expect(lookAtRegistries({ ...facts, isChosen: false, file: { unreadable: "EACCES" } })[0]?.severity).toBe(
      "warning",
    );
    expect(lookAtRegistries({ ...facts, isChosen: false, file: "missing" })[0]?.severity).toBe("ok");
  });
  test("of programs that shipbell does not have are warned of", () => {
    expect(lines(lookAtRegistries({ ...facts, logins: [], warnings: ['credsStore "pass" is not supported'] }))).toEqual(
      ['warning: /run/secrets/config.json: credsStore "pass" is not supported'],
    );
  });
});

describe("schedulers", () => {
  const facts: SchedulerFacts = {
    own: { kind: "active", version: "0.5.0" },
    others: [],
    instances: [],
    dockerJobs: [],
    unseen: [],
  };
  test("that are alone are sound", () => {
    expect(lines(lookAtSchedulers(facts))).toEqual([
      "ok: shipbell: the scheduler works, version 0.5.0",
      "ok: other schedulers: none is seen here",
    ]);
  });
  test("that may start the same jobs are warned of, others noted", () => {
    const others = [
      { title: "Ofelia", place: "container cron", image: "mcuadros/ofelia", overlaps: true },
      { title: "supercronic", place: "service app_cron", image: "app:1", overlaps: false },
    ];
    expect(
      lines(
        lookAtSchedulers({
          ...facts,
          others,
          dockerJobs: ["container j"],
          instances: ["other"],
          unseen: ["services (403)"],
        }),
      ).slice(1),
    ).toEqual([
      "warning: container cron: is Ofelia (mcuadros/ofelia): a job that both know runs twice",
      "note: service app_cron: is supercronic (app:1), which runs its own jobs",
      "note: Docker's own scheduler: has run jobs, in container j",
      "note: shipbell: other instances have runs here: other",
      "note: other schedulers: may be in what cannot be seen: services (403)",
    ]);
  });
  test("whose labels are carried out keep their jobs while they run", () => {
    const ofelia = { title: "Ofelia", place: "container cron", image: "mcuadros/ofelia", overlaps: true };
    expect(lines(lookAtSchedulers({ ...facts, others: [{ ...ofelia, hasItsLabels: true }] }))[1]).toMatch(
      /^warning: container cron: .*, whose labels --also-labels names: while it runs, their jobs are left to it/,
    );
  });
  test("of this instance that stand by, have not begun, or do not answer, are noted", () => {
    const first = (own: SchedulerFacts["own"], lockedBy?: string) =>
      lines(lookAtSchedulers({ ...facts, own, ...(lockedBy && { lockedBy }) }))[0];
    expect(first({ kind: "standby", version: "1", because: "another has the lock" })).toBe(
      "note: shipbell: the scheduler, version 1, stands by: another has the lock",
    );
    expect(first({ kind: "starting", version: "1" })).toMatch(/^warning: .*has not begun yet/);
    expect(first({ kind: "silent", why: "none" })).toBe("note: shipbell: no scheduler answers here: none");
    expect(first({ kind: "silent", why: "none" }, "the scheduler with process id 7")).toMatch(
      /process id 7 works on this ledger/,
    );
    expect(lines(lookAtOwnTrouble(["the disk is full"]))).toEqual([
      "problem: shipbell: starts nothing: the disk is full",
    ]);
  });
});

describe("the address", () => {
  const facts: HttpFacts = {
    address: "127.0.0.1:8494",
    answer: { kind: "health", isWell: true, text: "ok" },
    isSchedulerHere: true,
    pages: "on",
  };
  test.each<[string, Partial<HttpFacts>, string[]]>([
    ["answers", {}, ["ok: http://127.0.0.1:8494: /healthz answers that all is well"]],
    [
      "answers that it is not well",
      { answer: { kind: "health", isWell: false, text: "the loop stands still" } },
      ["problem: http://127.0.0.1:8494: /healthz: the loop stands still"],
    ],
    [
      "is free before the start",
      { answer: { kind: "free" }, isSchedulerHere: false },
      ["ok: http://127.0.0.1:8494: the address is free for the scheduler"],
    ],
    [
      "is free though a scheduler runs",
      { answer: { kind: "free" } },
      ["problem: http://127.0.0.1:8494: a scheduler runs here, and nothing answers at this address"],
    ],
    [
      "is taken",
      { answer: { kind: "other", text: "it does not speak HTTP" }, isSchedulerHere: false },
      ["problem: http://127.0.0.1:8494: another program listens here (it does not speak HTTP)"],
    ],
    [
      "is another shipbell's",
      { isSchedulerHere: false },
      ["warning: http://127.0.0.1:8494: a shipbell listens here that is not the one of these settings"],
    ],
    [
      "is not of this machine",
      { answer: { kind: "trouble", message: "EADDRNOTAVAIL" } },
      ["problem: http://127.0.0.1:8494: EADDRNOTAVAIL"],
    ],
  ])("that %s", (_, change, expected) => {
    expect(lines(lookAtHttp({ ...facts, ...change }))).toEqual(expected);
  });
  test("that everyone reaches without a password is warned of", () => {
    const open = { ...facts, openAt: "port 80 of all addresses of the host" };
    const second = (change: Partial<HttpFacts>) => lines(lookAtHttp({ ...open, ...change }))[1];
    expect(second({})).toMatch(/^warning: --listen: page, API and metrics are open to everyone who reaches port 80/);
    expect(second({ auth: { anonymous: "status", isMetricsOpen: true } })).toMatch(
      /^note: .*the role status without a password/,
    );
    expect(second({ auth: { anonymous: "none", isMetricsOpen: true } })).toMatch(/^note: .*\/metrics is open/);
    expect(second({ auth: { anonymous: "none", isMetricsOpen: false } })).toMatch(/^ok: /);
  });
});

describe("the operator's files", () => {
  const facts: TellingFacts = { channels: { kind: "none" }, auth: { kind: "none" }, unknownChannels: [] };
  test("that are not given tell nobody", () => {
    expect(lines(lookAtTelling(facts))).toEqual([
      "note: --channels: not given, so no notice tells how jobs end",
      "note: --heartbeat: not given, so no monitor notices when the scheduler itself is down",
    ]);
  });
  test("that are wrong are problems, each in its place", () => {
    const wrong = { kind: "wrong", path: "c.yml", problems: [{ at: "c.yml:2:1", message: "unknown key" }] } as const;
    expect(lines(lookAtTelling({ ...facts, channels: wrong, auth: wrong }))).toEqual([
      "problem: c.yml:2:1: unknown key",
      "problem: c.yml:2:1: unknown key",
      expect.stringContaining("--heartbeat"),
    ]);
  });
  test("that can be used are named; that everyone may read them is warned of", () => {
    const channels = { kind: "read", path: "c.yml", isReadByAll: true, names: ["ops"] } as const;
    const heartbeat = { shown: "https://hc.example/…", unreachable: "connect ECONNREFUSED" };
    expect(lines(lookAtTelling({ ...facts, channels, heartbeat }))).toEqual([
      "ok: c.yml: the file of --channels has 1 channel: ops",
      "warning: c.yml: everyone on this machine may read the file of --channels",
      "problem: --heartbeat: https://hc.example/… cannot be reached: connect ECONNREFUSED",
    ]);
    expect(lines(lookAtTelling({ ...facts, heartbeat: { shown: "https://hc.example/…" } })).at(-1)).toMatch(
      /^ok: --heartbeat: .*no ping was sent/,
    );
  });
});
