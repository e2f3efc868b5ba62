import { describe, expect, it } from "vitest";
import type { Role } from "../../../src/http/route.ts";
import type { Schedule } from "../../../src/job/job.ts";
import { planRun } from "../../../src/ledger/changes/requests.ts";
import { version } from "../../../src/version.ts";
import { pagesOf } from "../../stage/pages.ts";
import { SITUATIONS, type Situation, type Stage, setStage } from "../../stage/stage.ts";
import { askPage } from "../../support/ask-page.ts";

const stages = new Map<Situation, Promise<Stage>>();

function stageOf(situation: Situation): Promise<Stage> {
  const stage = stages.get(situation) ?? setStage(situation);
  stages.set(situation, stage);
  return stage;
}

async function ask(
  path: string,
  { situation = "typical" as Situation, role = "operate" as Role, accept = "text/html" } = {},
) {
  return askPage(`/${path}`, { world: (await stageOf(situation)).world, caller: { role }, accept });
}

async function pathsOf(situation: Situation): Promise<readonly string[]> {
  return pagesOf(await stageOf(situation)).map(({ path }) => path);
}

/** What a reader sees, without the markup. */
function textOf(html: string): string {
  return html
    .replaceAll(/<(?:title|svg)[\s\S]*?<\/(?:title|svg)>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");
}

const part = (html: string, id: string) =>
  textOf(new RegExp(`<(\\w+)[^>]* id="${id}"[\\s\\S]*?</\\1>`).exec(html)?.[0] ?? "");

interface Untimed {
  readonly schedules?: readonly Schedule[];
  readonly after?: boolean;
}

describe("every page", () => {
  const pages = SITUATIONS.flatMap((situation) =>
    (["status", "operate"] as const).map((role) => ({ situation, role })),
  );

  it.each(pages)(
    "is well-formed for $role when it is $situation, and asks for nothing that the policy forbids",
    async ({ situation, role }) => {
      for (const path of await pathsOf(situation)) {
        const answer = await ask(path, { situation, role });
        const { body } = answer;
        expect(unclosed(body), path).toEqual([]);
        expect(body, path).not.toMatch(/<style|\sstyle=|<script(?![^>]* src=)|\son\w+="|javascript:/);
        expect(body, path).not.toMatch(/(?:href|src|action)="(?:\/|https?:)/);
        expect(body, path).not.toMatch(/undefined|\[object |NaN/);
      }
    },
  );

  it("is there whatever its address asks for", async () => {
    const times = ["+275760-09-13", "-271821-04-20", "9999-12-31T23:59:59Z", "0000-01-01", "x", ""];
    const addresses = times.flatMap((until) =>
      [1, 168].map((hours) => `timeline?until=${encodeURIComponent(until)}&hours=${hours}`),
    );
    for (const path of [
      ...addresses,
      "timeline?page=1e309",
      "?page=-1",
      "?page=1e15",
      "?zone=%2B01:00",
      "upcoming?hours=1e9",
    ])
      expect((await ask(path, { situation: "typical" })).status, path).toBe(200);
  });

  it("has IDs that are its own, and drawings that say what they show", async () => {
    for (const path of await pathsOf("typical")) {
      const { body } = await ask(path);
      const ids = [...body.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
      expect(ids, path).toEqual([...new Set(ids)]);
      for (const [svg] of body.matchAll(/<svg[^>]*>/g))
        expect(svg, path).toMatch(/aria-hidden="true"|role="img"|aria-label=/);
      for (const [table] of body.matchAll(/<table[\s\S]*?<\/table>/g)) {
        expect(table, path).toMatch(/^<table[^>]*><caption/);
        expect(table, path).not.toMatch(/<th(?![^>]* scope=)[\s>]/);
      }
    }
  });

  it("names the scheduler that has drawn it, and what its reader may do", async () => {
    expect(textOf((await ask("")).body)).toContain(
      `As of 09:24:30 Europe/Berlin by scheduler fra-1 (${version}, 30 jobs)`,
    );
    expect(textOf((await ask("", { role: "read" })).body)).toContain(
      "You may read. Starting, cancelling and pausing need the role operate.",
    );
  });

  it("shows all times in the zone that is chosen, and keeps it in its links", async () => {
    const { body } = await ask("jobs/uploads-backup?zone=Asia/Tokyo");
    expect(part(body, "next")).toContain("tomorrow 11:30");
    expect(body).toContain('href="../?zone=Asia%2FTokyo"');
    expect((await ask("jobs/uploads-backup?zone=Mars/Olympus")).body).not.toContain("Mars");
  });
});

describe("a page of a scheduler that cannot read the ledger", () => {
  it("says so, with 503, and shows nothing that was true a while ago", async () => {
    for (const path of await pathsOf("typical")) {
      const answer = await ask(path, { situation: "ledger-away" });
      expect(answer.status, path).toBe(503);
      expect(textOf(answer.body)).toContain("The swarm does not have a leader");
      expect(answer.body).not.toContain("uploads-backup");
    }
  });
});

describe("a page of a scheduler whose engine does not answer", () => {
  it("shows what the ledger says, and that nothing is started", async () => {
    const answer = await ask("", { situation: "engine-away" });
    expect(answer.status).toBe(200);
    expect(textOf(answer.body)).toContain(
      "The engine does not answer since 09:21:07 . Nothing is started until it does: connect ECONNREFUSED",
    );
    expect(answer.body).toContain("uploads-backup");
  });
});

describe("the jobs", () => {
  it("come with those first that somebody should look at", async () => {
    const { body } = await ask("");
    const states = [...body.matchAll(/<td class="is"><span class="state[^>]*>(?:<svg.*?<\/svg>)?([^<]*)/g)].map(
      ([, word]) => word,
    );
    expect(states.slice(0, 7)).toEqual(["failing", "failing", "failing", "running long", "waiting", "paused", "ok"]);
    expect(states).toHaveLength(30);
  });

  it("say at a glance what failed last night and why, what runs, and what is due within the hour", async () => {
    const { body } = await ask("", { role: "read" });
    const glance = textOf(body.slice(body.indexOf('id="glance"'), body.indexOf('class="filter"')));
    expect(glance).toMatch(
      /uploads-backup failed \(1\) 03:44 Fatal: unable to save snapshot: .* no space left on device/,
    );
    expect(glance).toContain("shop_search-reindex 24 min , usually 9 min");
    expect(glance).toContain("09:30 dashboard-refresh in 6 min");
    expect(glance).toMatch(/shop_thumbnails waiting \d+ min/);
    expect(body).toMatch(/<span title="is not running yet: [^"]*">waiting /);
  });

  it("say of what else is due, runs or failed what it is, and lead to it", async () => {
    const { body } = await ask("", { situation: "crowded" });
    const more = [...body.matchAll(/<li class="more"><a href="([^"]*)">([^<]*)/g)].map(([, address, words]) => [
      address?.replaceAll("&amp;", "&"),
      words?.replace(/^\d+/, "N"),
    ]);
    expect(more).toEqual([
      ["./timeline?hours=24&only=failed", "N more jobs"],
      ["./?state=running", "N more runs"],
      ["./upcoming?hours=1", "N more jobs"],
    ]);
  });

  it("do not compare what runs with what is usual while the engine does not say that it runs", async () => {
    const { body } = await ask("", { situation: "engine-away" });
    const glance = textOf(body.slice(body.indexOf('id="glance"'), body.indexOf('class="filter"')));
    expect(glance).toContain("shop_search-reindex");
    expect(glance).not.toContain("usually");
    expect(body).not.toContain('class="state slow"');
  });

  it("can be filtered, sorted and turned over by address alone", async () => {
    const failing = (await ask("?state=failing")).body;
    expect(failing.match(/<tr id="job-/g)).toHaveLength(3);
    const found = (await ask("?q=backup&sort=name")).body;
    expect([...found.matchAll(/<tr id="job-([^"]*)"/g)].map(([, job]) => job)).toEqual(
      [...found.matchAll(/<tr id="job-([^"]*)"/g)].map(([, job]) => job).toSorted(),
    );
    expect((await ask("?page=3", { situation: "crowded" })).body).toContain("201–300 of 1000");
    expect(textOf((await ask("?q=nothing-has-this")).body)).toContain("No job matches");
  });

  it("take less than 150 KB for a thousand of them", async () => {
    const { body } = await ask("", { situation: "crowded" });
    expect(Buffer.byteLength(body)).toBeLessThan(150_000);
  });

  it("that there are none of say how one is declared", async () => {
    expect(textOf((await ask("", { situation: "empty" })).body)).toContain("No job is declared yet");
  });
});

describe("a job", () => {
  it("that somebody has planned a start of says so wherever it says what comes next", async () => {
    const { world, ledger, clock } = await setStage("typical");
    const startAt = new Date(clock.now().getTime() + 60_000);
    await ledger.update("backup-verify", (record) => planRun(record, { id: "r1", askedAt: clock.now(), startAt }));
    const seen = async (path: string) => (await askPage(`/${path}`, { world, caller: { role: "operate" } })).body;
    expect(part(await seen(""), "glance")).toMatch(/Next hour 09:25:30 backup-verify in 1 min/);
    expect(textOf(await seen("?q=backup-verify"))).toMatch(/in 1 min 09:25 , manually/);
    const page = await seen("jobs/backup-verify");
    expect(part(page, "next")).toMatch(/^ Next 09:25:30 manually in 1 min 22 Nov 06:00 in 3 d/);
  });

  it("whose manual starts are planned has them among its next times, and says where times in between are left out", async () => {
    const { world, ledger, clock } = await setStage("typical");
    const job = "uploads-backup";
    const at = (hours: number) => new Date(clock.now().getTime() + hours * 3600_000);
    const plan = (id: string, startAt: Date) =>
      ledger.update(job, (record) => planRun(record, { id, askedAt: clock.now(), startAt }));
    await plan("soon", at(0.01));
    await plan("late", at(9999));
    const { body } = await askPage(`/jobs/${job}`, { world, caller: { role: "operate" } });
    const next = part(body, "next");
    expect(next).toMatch(/^ Next \S+ manually in 36 s /);
    expect(next).toMatch(/ … and so on by its schedule; planned are also: [^…]+ manually in 416 d/);
    expect(next.match(/ in \d+/g)).toHaveLength(12);
  });

  it.each([
    ["a boot", { schedules: [{ pattern: "@reboot", timezone: "UTC" }] }, "It starts after the next boot of its host."],
    ["another job's end", { after: true }, "It starts when a run of dump has failed."],
    ["nothing", {}, "There is no further time."],
  ])("that has no next time says what starts it: %s", async (_, { schedules = [], after }: Untimed, words) => {
    const { world, ledger, clock } = await setStage("typical");
    await ledger.update("log-rotate", (record) => {
      if (record === undefined) throw new Error("there is no such job");
      const { hash } = record.definition;
      const since = clock.now();
      const ends = { job: "dump", on: "failed", definition: hash, since, ended: 0, matched: 0 } as const;
      return { ...record, ...(after && { after: ends }), definition: { ...record.definition, schedules } };
    });
    const { body } = await askPage("/jobs/log-rotate", { world, caller: { role: "operate" } });
    expect(part(body, "next")).toContain(words);
  });

  it("says how long it ran in all, and where older output is", async () => {
    const { body } = await ask("jobs/uploads-backup");
    expect(part(body, "totals")).toMatch(/Totals .*Total run time \d/);
    expect(part(body, "runs")).toMatch(
      /Older output is in the scheduler's log; history keeps the last \d+ that succeeded and the last \d+ that failed\./,
    );
    expect((await ask("jobs/uploads-backup", { role: "status" })).body).not.toContain("Older output");
  });

  it("has a page for each run of its bars, also where only the digest has it", async () => {
    const { body } = await ask("jobs/uploads-backup");
    const runs = [...new Set([...body.matchAll(/href="\.\.\/(runs\/[^"?/]+)"/g)].map(([, path = ""]) => path))];
    let [kept, past] = [0, 0];
    for (const path of runs)
      for (const role of ["status", "operate"] as const) {
        const answer = await ask(path, { role });
        expect(answer.status, path).toBe(200);
        expect(answer.body, path).not.toContain("Did you mean");
        expect(unclosed(answer.body), path).toEqual([]);
        if (!textOf(answer.body).includes(NO_LONGER_KEPT)) kept++;
        else {
          past++;
          expect(part(answer.body, "head"), path).toMatch(/It (succeeded|failed with exit code \d+) after .* ago \./);
          expect(part(answer.body, "facts"), path).toMatch(/How it came about by schedule Due .* Took .* Attempts \d/);
        }
      }
    expect([kept, past].every((count) => count > 0)).toBe(true);
  });
});

const NO_LONGER_KEPT = "Its output and attempts are no longer kept (history); the scheduler's log has them.";

describe("the role status", () => {
  it("is shown no command, output, image or reason on any page", async () => {
    for (const situation of ["typical", "engine-away"] as const)
      for (const path of await pathsOf(situation)) {
        if (path.endsWith("/run")) continue;
        const { body } = await ask(path, { situation, role: "status" });
        for (const canary of [
          "restic",
          "no space left",
          "registry.example",
          "Permission denied",
          "ticket 4711",
          "batch 1",
          "sha256",
        ])
          expect(body, `${path}: ${canary}`).not.toContain(canary);
      }
    const seen = (await ask("jobs/uploads-backup", { role: "read" })).body;
    for (const canary of ["restic", "no space left", "registry.example"]) expect(seen).toContain(canary);
  });
});

describe("a fragment", () => {
  it("is only what a script asks for, a row wherever it is in the table", async () => {
    const { body } = await ask("?page=2", {
      situation: "crowded",
      accept: 'text/html; fragment="job-billing-backup-eu-1 counts"',
    });
    expect(body).toMatch(/^<!doctype html><title>/);
    expect([...body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)).toEqual(["counts", "job-billing-backup-eu-1"]);
  });
});

/** Elements that are not closed where they should be. */
function unclosed(html: string): string[] {
  const empty = new Set(["meta", "link", "input", "br", "img"]);
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [tag, slash, name = ""] of html
    .replaceAll(/<!doctype html>/g, "")
    .matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (slash === "/") {
      const last = open.pop();
      if (last !== name) wrong.push(`${last} closed by ${tag}`);
    } else if (!empty.has(name) && !tag.endsWith("/>")) open.push(name);
  }
  return [...wrong, ...open];
}
