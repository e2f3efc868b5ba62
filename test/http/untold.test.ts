import { beforeAll, describe, expect, it } from "vitest";
import { apiRoutes } from "../../src/http/api/routes.ts";
import type { Role } from "../../src/http/route.ts";
import { webRoutes } from "../../src/http/web/routes.ts";
import type { World } from "../../src/http/world.ts";
import type { InstanceRecord, JobRecord, Run } from "../../src/ledger/record.ts";
import { setStage } from "../stage/stage.ts";
import { aRule } from "../support/a-telling.ts";
import { askPage } from "../support/ask-page.ts";
import { ask } from "./api/ask.ts";

/** Stands wherever an operator, an engine or a process has written something. */
const SECRET = "zq-untold";
const by = { via: "page", name: `${SECRET}-name` } as const;

/** A run whose every text is told to nobody with the role status. */
function secretRun(run: Run): Run {
  const message = `${SECRET}-message`;
  const bad = { kind: "rejected", reason: "image-missing", message } as const;
  const outcome = run.outcome && { outcome: bad };
  return {
    ...run,
    by,
    trigger: "manual",
    reason: `${SECRET}-why-run`,
    inputs: { VERSION: `${SECRET}-input` },
    environment: { KEY: `${SECRET}-variable` },
    ...outcome,
    attempts: run.attempts.map((attempt) => ({
      ...attempt,
      output: `${SECRET}-output`,
      image: { name: `${SECRET}-image` },
      stopping: { reason: "cancelled", since: run.scheduledAt, by, why: `${SECRET}-why-stop` },
      ...outcome,
    })),
  };
}

/** Channels whose names are told to nobody with the role status. */
function secretTelling({ definition, totals, runs }: JobRecord, now: Date): Partial<JobRecord> {
  const [channel, run] = [`${SECRET}-channel`, runs.at(-1)?.id ?? ""];
  const notice = {
    id: `${run}/failed`,
    kind: "failed",
    at: now,
    run,
    to: { [channel]: { tries: 1, next: now } },
  } as const;
  return {
    definition: { ...definition, telling: { notify: [aRule(channel)] } },
    totals: { ...totals, notices: { [channel]: { delivered: { failed: 1 } } } },
    notices: [notice],
    told: {
      looked: { ended: 0, missed: 0, skipped: 0 },
      open: { [channel]: { failed: { id: notice.id, since: now, at: now, times: 1, heard: true } } },
      last: { [channel]: { failed: { since: now, at: now, run } } },
    },
  };
}

function secretRecord(record: JobRecord, now: Date): JobRecord {
  const since = new Date(now.getTime() - 3_600_000);
  return {
    ...record,
    runs: record.runs.map(secretRun),
    ...secretTelling(record, now),
    paused: { since, by, reason: `${SECRET}-why-paused` },
    holds: [{ reason: "paused", since, until: now, why: `${SECRET}-why-held` }],
    verdicts: [
      {
        kind: "skipped",
        reason: "paused",
        scheduledAt: since,
        decidedAt: since,
        pause: { why: `${SECRET}-why-skipped` },
      },
    ],
    requests: [
      {
        id: "abcd1234",
        kind: "run",
        askedAt: now,
        by,
        reason: `${SECRET}-why`,
        inputs: { VERSION: `${SECRET}-input` },
      },
    ],
  };
}

let world: World;
let names: Readonly<Record<string, string>>;
beforeAll(async () => {
  const stage = await setStage("typical");
  const now = stage.clock.now();
  const known = stage.world.records() ?? new Map<string, JobRecord>();
  const records = new Map([...known].map(([job, record]) => [job, secretRecord(record, now)]));
  const instance = { paused: { since: now, by, reason: `${SECRET}-why-all` } } as InstanceRecord;
  world = {
    ...stage.world,
    records: () => records,
    instance: () => instance,
    nodesView: async () => ({ ...(await stage.world.nodesView()), notice: `${SECRET}-notice` }),
    definition: (job) => {
      const definition = stage.world.definition(job);
      return definition && { ...definition, inputs: { [`${SECRET}_DECLARED`]: { type: "boolean" } } };
    },
  };
  const record = [...records.values()].find(({ runs }) => runs.length > 0);
  names = { job: record?.job ?? "", run: record?.runs[0]?.id ?? "" };
}, 60_000);

const addressOf = (path: string) => path.replaceAll(/:(\w+)/g, (_, name: string) => names[name] ?? "");

async function tell(path: string, role: Role): Promise<string> {
  if (!path.startsWith("/api/")) return (await askPage(addressOf(path), { world, caller: { role } })).body;
  return (await ask(world, `GET ${addressOf(path)}`, { role })).text;
}

const paths = [...apiRoutes, ...webRoutes].filter(({ method, role }) => method === "GET" && role === "status");

describe("what operators, engines and processes write is not told to the role status", () => {
  it.each(paths.filter(({ path }) => !path.endsWith("/events")).map(({ path }) => path))("by GET %s", async (path) => {
    expect(await tell(path, "status")).not.toMatch(new RegExp(`.{0,80}${SECRET}.{0,20}`));
  });

  it("and is told to the role read", async () => {
    const told = await Promise.all(
      ["/api/v1/jobs/:job", "/api/v1/runs/:run", "/jobs/:job"].map((path) => tell(path, "read")),
    );
    for (const text of told) expect(text).toContain(SECRET);
  });
});
