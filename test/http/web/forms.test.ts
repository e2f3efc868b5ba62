import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Deed, Role } from "../../../src/http/route.ts";
import { webRoutes } from "../../../src/http/web/routes.ts";
import { refuseRequest } from "../../../src/ledger/changes/requests.ts";
import { activeRuns } from "../../../src/ledger/record.ts";
import { WRONG_REASONS } from "../../fixtures/reasons.ts";
import { type Stage, setStage } from "../../stage/stage.ts";
import { askPage } from "../../support/ask-page.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let stage: Stage;
let noted: Deed[];
// Each test changes another job.
beforeAll(async () => {
  stage = await setStage("typical");
}, 120_000);
beforeEach(() => {
  noted = [];
});

const anna = { role: "operate", name: "anna" } as const;
const open = async (path: string, role: Role = "operate") =>
  (await askPage(`/${path}`, { world: stage.world, caller: { role } })).body;
const send = (path: string, fields: Record<string, string> = {}) =>
  askPage(`/${path}`, { world: stage.world, caller: anna, method: "POST", fields, noted });

const recordOf = async (job: string) => {
  const record = await stage.ledger.read(job);
  if (record === undefined) throw new Error(`no record of ${job}`);
  return record;
};

describe("the form of a run", () => {
  it("says what would happen: it starts, or is refused because of the run that is active", async () => {
    expect(await open("jobs/uploads-backup/run")).toContain("It starts within a second or two");
    const [active] = activeRuns(await recordOf("invoice-run"));
    expect(await open("jobs/invoice-run/run")).toContain(
      `${active?.id} is active; with overlap: forbid this start would be refused (still-running)`,
    );
    expect(await open("jobs/wiki_spam-cleanup/run")).toContain("a manual start is carried out all the same");
  });

  it("requests the run, in the name of who sent it, and leads to its page", async () => {
    const answer = await send("jobs/uploads-backup/run", { id: "abcd1234", reason: "after cleaning up" });
    expect(answer.status).toBe(303);
    expect(answer.headers?.Location).toBe("../../runs/uploads-backup-20261118t082430z-abcd1234?done=requested");
    expect((await recordOf("uploads-backup")).requests).toMatchObject([
      { id: "abcd1234", by: { via: "page", name: "anna" }, reason: "after cleaning up" },
    ]);
    const page = await open("runs/uploads-backup-20261118t082430z-abcd1234?done=requested");
    expect(page).toContain("is requested. A scheduler starts it within a second or two.");
    expect(noted).toEqual([{ what: "run", job: "uploads-backup", run: "uploads-backup-20261118t082430z-abcd1234" }]);
  });

  it("leads to a page that says what the run waits for, looks again by itself, and says why it was refused", async () => {
    const answer = await send("jobs/log-rotate/run", { id: "abcd1234", reason: "the disk is full" });
    const address = answer.headers?.Location?.replace(/^(\.\.\/)+/, "/") ?? "";
    const ask = () => askPage(address, { world: stage.world, caller: anna });
    const waiting = await ask();
    expect(waiting.status).toBe(200);
    expect(waiting.body).toContain('<noscript><meta http-equiv="refresh" content="2"></noscript>');
    expect(waiting.body).toContain("A manual start was asked for by anna");
    const { clock, ledger } = stage;
    await ledger.update("log-rotate", (record) => refuseRequest(record, "abcd1234", "still-running", clock.now()));
    const refused = await ask();
    expect(refused.body).not.toContain('http-equiv="refresh"');
    expect(refused.body).toContain("and refused: a run is still active");
  });

  it("plans the run for a time on the clock of the job, once however often it is sent", async () => {
    const form = { id: "abcd1234", at: "2026-11-19T06:00", reason: "at night" };
    const answer = await send("jobs/postgres-backup/run", form);
    expect(answer.status).toBe(303);
    const [planned, ...others] = (await recordOf("postgres-backup")).planned ?? [];
    expect(others).toEqual([]);
    const by = { via: "page", name: "anna" };
    expect(planned).toMatchObject({ startAt: new Date("2026-11-19T05:00:00Z"), by, reason: "at night" });
    const run = `postgres-backup-20261119t050000z-${planned?.id}`;
    expect(answer.headers?.Location).toBe(`../../runs/${run}?done=planned`);
    expect(noted).toEqual([{ what: "run", job: "postgres-backup", run }]);
    expect(await open(`runs/${run}?done=planned`)).toContain("is planned. It starts at its time.");
    await send("jobs/postgres-backup/run", form);
    expect((await recordOf("postgres-backup")).planned).toHaveLength(1);
    const world = { ...stage.world, clock: new FakeClock(new Date("2026-11-19T05:01:00Z")) };
    const later = (fields: Record<string, string>) =>
      askPage("/jobs/postgres-backup/run", { world, caller: anna, method: "POST", fields });
    expect((await later(form)).headers?.Location).toBe(answer.headers?.Location);
    expect((await later({ ...form, id: "efgh1234" })).status).toBe(422);
    expect((await recordOf("postgres-backup")).planned).toHaveLength(1);
    await send("jobs/postgres-backup/run", { ...form, at: "2026-11-19T07:00" });
    expect((await recordOf("postgres-backup")).planned).toHaveLength(2);
  });

  it.each([
    ["2026-11-17T06:00", "“2026-11-17T06:00” has passed"],
    ["soon", "“soon” is no date with a time"],
  ])("for %s is refused in words, with what was written", async (at, why) => {
    const answer = await send("jobs/config-backup/run", { id: "efgh1234", at, reason: "at night" });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain(`Not started: ${why}.`);
    expect(answer.body).toContain(`value="${at}"`);
    expect(answer.body).toContain('value="at night"');
    expect((await recordOf("config-backup")).planned).toBeUndefined();
  });

  it("sent twice asks for one run", async () => {
    const first = await send("jobs/config-backup/run", { id: "abcd1234" });
    const second = await send("jobs/config-backup/run", { id: "abcd1234" });
    expect(second.headers?.Location).toBe(first.headers?.Location);
    expect((await recordOf("config-backup")).requests).toHaveLength(1);
  });

  it("gone back to and filled in otherwise asks for another run", async () => {
    const view = stage.world.scheduler();
    const inputs = { HOST: { type: "string", maxLength: 20 } } as const;
    const jobs = new Map([...view.jobs].map(([name, job]) => [name, { ...job, inputs }]));
    const world = { ...stage.world, scheduler: () => ({ ...view, jobs }) };
    const fill = (value: string) =>
      askPage("/jobs/disk-usage/run", {
        world,
        caller: anna,
        method: "POST",
        fields: { id: "wxyz1234", "input.HOST": value },
      });
    const before = (await recordOf("disk-usage")).requests.length;
    for (const value of ["web-1", "web-1", "web-2"]) expect((await fill(value)).status).toBe(303);
    const asked = (await recordOf("disk-usage")).requests.slice(before);
    expect(asked.map(({ inputs }) => inputs?.HOST)).toEqual(["web-1", "web-2"]);
  });

  it("keeps a reason that is one line of text, and nothing else", async () => {
    await send("jobs/mail-archive/pause", { reason: " disk change " });
    for (const reason of WRONG_REASONS)
      await expect(send("jobs/mail-archive/pause", { reason })).rejects.toMatchObject({ code: "bad-request" });
    expect((await recordOf("mail-archive")).paused?.reason).toBe("disk change");
  });

  it("of a job that does not exist names the one that was probably meant", async () => {
    const answer = await askPage("/jobs/upload-backup/run", { world: stage.world });
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('href="../../jobs/uploads-backup"');
  });
});

describe("a run that is to be cancelled", () => {
  it("is asked about in words before, and stopped in the name of who said so", async () => {
    const [active] = activeRuns(await recordOf("invoice-run"));
    const id = active?.id ?? "";
    expect(await open(`runs/${id}/cancel`)).toContain("is stopped with SIGTERM, and killed after 10 s");
    const answer = await send(`runs/${id}/cancel`, { reason: "wrong month" });
    expect(answer.headers?.Location).toBe(`../../runs/${id}?done=cancelled`);
    expect(activeRuns(await recordOf("invoice-run"))[0]?.attempts.at(-1)?.stopping).toMatchObject({
      reason: "cancelled",
      by: { via: "page", name: "anna" },
      why: "wrong month",
    });
    expect(await open(`runs/${id}?done=cancelled`)).toContain(`${id} is being cancelled.`);
  });

  it("that has ended is left as it is", async () => {
    const [ended] = (await recordOf("uploads-backup")).runs;
    expect(await open(`runs/${ended?.id}/cancel`)).toContain("there is nothing to cancel");
    expect((await send(`runs/${ended?.id}/cancel`)).headers?.Location).toContain("done=ended");
  });
});

describe("a pause", () => {
  it("has an end on the clock of the job, and a reason", async () => {
    await send("jobs/mail-archive/pause", { until: "2026-11-19T06:00", reason: "disk change" });
    expect((await recordOf("mail-archive")).paused).toEqual({
      since: stage.clock.now(),
      until: new Date("2026-11-19T05:00:00Z"),
      reason: "disk change",
      by: { via: "page", name: "anna" },
    });
    const page = await open("jobs/mail-archive?done=paused");
    expect(page).toContain("mail-archive is paused: what is due is skipped.");
    await send("jobs/mail-archive/resume");
    expect((await recordOf("mail-archive")).paused).toBeUndefined();
  });

  it("that ends in the past, or at no time, is refused in words, with what was written", async () => {
    const past = await send("jobs/mail-archive/pause", { until: "2026-11-17T06:00", reason: "disk change" });
    expect([past.status, past.body]).toEqual([422, expect.stringContaining("has passed; a pause ends in the future")]);
    expect(past.body).toContain('value="disk change"');
    const never = await send("jobs/mail-archive/pause", { until: "soon" });
    expect([never.status, never.body]).toEqual([422, expect.stringContaining("“soon” is no date with a time")]);
    expect((await recordOf("mail-archive")).paused).toBeUndefined();
  });
});

describe("a reset", () => {
  it("says what it skips, and lets the schedule begin again", async () => {
    expect(await open("jobs/mail-archive/reset")).toContain("Nothing that is due waits, so nothing is skipped.");
    expect((await send("jobs/mail-archive/reset")).headers?.Location).toBe("../../jobs/mail-archive?done=reset");
    expect(noted).toEqual([{ what: "reset", job: "mail-archive" }]);
  });
});

describe("buttons", () => {
  it("are absent for who may not use them", async () => {
    for (const path of ["", "jobs/uploads-backup", `runs/${activeRuns(await recordOf("invoice-run"))[0]?.id}`]) {
      expect(await open(path, "operate"), path).toMatch(/class="button/);
      const page = (await open(path, "read")).replace(/<form class="(?:zone|filter)"[\s\S]*?<\/form>/g, "");
      expect(page, path).not.toMatch(/method="post"|data-dialog|class="button(?! few)/);
    }
  });

  it("lead to addresses that need the role operate, as do all forms", () => {
    for (const { method, path, role } of webRoutes)
      if (method === "POST" || /[/](?:run|pause|reset|cancel)$/.test(path))
        expect(`${path} ${role}`).toBe(`${path} operate`);
  });
});

describe("a caller who is limited to some jobs", () => {
  const caller = { role: "operate", name: "shop", jobs: ["shop_*"] } as const;
  const ask = (path: string, method: "GET" | "POST" = "GET") =>
    askPage(`/${path}`, { world: stage.world, caller, method, fields: {} });

  it("finds no others, on any page", async () => {
    for (const path of ["", "timeline", "upcoming", "nodes", "problems", "jobs/shop_thumbnails"])
      expect((await ask(path)).body, path).not.toContain("uploads-backup");
    expect((await ask("")).body).toContain("shop_thumbnails");
  });

  it("changes no others, one by one or all at once", async () => {
    const before = await recordOf("uploads-backup");
    for (const path of ["jobs/uploads-backup", "jobs/uploads-backup/run"]) expect((await ask(path)).status).toBe(404);
    for (const what of ["run", "pause", "resume", "reset"])
      expect((await ask(`jobs/uploads-backup/${what}`, "POST")).status).toBe(404);
    await expect(ask("pause", "POST")).rejects.toMatchObject({ code: "not-yours" });
    expect(await recordOf("uploads-backup")).toEqual(before);
  });
});
