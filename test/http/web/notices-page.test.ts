import { beforeEach, describe, expect, test } from "vitest";
import type { Caller, Deed } from "../../../src/http/route.ts";
import { webRoutes } from "../../../src/http/web/routes.ts";
import type { ChannelTried } from "../../../src/http/world.ts";
import type { JobRecord, Outcome } from "../../../src/ledger/record.ts";
import type { ChannelFacts } from "../../../src/view/scheduler/scheduler-view.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { aFailingRecord } from "../../support/a-telling.ts";
import { aWorld } from "../../support/a-world.ts";
import { askPage } from "../../support/ask-page.ts";

const channels: readonly ChannelFacts[] = [
  { name: "ops-chat", kind: "slack", address: "https://hooks.slack.com/…", lastSuccessAt: at("11:50") },
  ...[
    {
      name: "pager",
      kind: "pagerduty",
      address: "https://events.pagerduty.com/…",
      troubleBecause: "503",
      troubleSince: at("11:40"),
      troubleAgainAt: at("12:05"),
    },
  ],
];

async function text(
  path: string,
  {
    role = "read",
    told = true,
    record = aFailingRecord(),
  }: { readonly role?: "read" | "status"; readonly told?: boolean; readonly record?: JobRecord } = {},
) {
  const plain = aWorld();
  const world = aWorld({
    records: () => new Map(told ? [["backup", record]] : []),
    scheduler: () => ({ ...plain.scheduler(), ...(told && { channels }) }),
  });
  const { status, body } = await askPage(path, { world, caller: { role }, accept: "text/html" });
  return {
    status,
    body: String(body)
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " "),
  };
}

describe("the page of notices", () => {
  test("has each channel, how it stands, and what waits for it", async () => {
    const { body } = await text("/notices");
    expect(body).toContain("ops-chat slack · https://hooks.slack.com/…");
    expect(body).toMatch(/takes nothing 503 since 11:40 ?; tried again in 5 min/);
    expect(body).toContain("missing jobs name it, and there is no such channel mail");
    expect(body).toMatch(/backup it failed backup-20261118t030000z pager .* 2 .* 503/);
  });

  test("says what to do where there is no channel, and no page has a link to it", async () => {
    expect((await text("/notices", { told: false })).body).toContain("No channel No notice is sent");
    expect((await text("/", { told: false })).body).not.toContain("Notices");
    expect((await text("/")).body).toContain("Notices");
  });

  test("needs the role read", async () => {
    expect(webRoutes.find(({ path }) => path === "/notices")?.role).toBe("read");
    expect((await text("/", { role: "status" })).body).not.toContain("Notices");
  });
});

test("the page of a job says who was told when, who is tried again, and who never heard of it", async () => {
  const { body } = await text("/jobs/backup");
  expect(body).toContain("ops-chat was told that it failed at 2026-11-18 03:20:12+00:00");
  expect(body).toContain("pager could not be told that it failed (503); it is tried again at");
  expect(body).toContain("mail was not told that it failed: that was given up at");
  const hidden = await text("/jobs/backup", { role: "status" });
  expect(hidden.body).not.toMatch(/ops-chat|pager/);
});

test("the page of a run says who was told of it, also when it is over", async () => {
  const [failure, success] = ["backup-20261118t030000z", "backup-20261118t040000z"];
  const looked = { ended: 2, missed: 0, skipped: 0 };
  const times = { since: at("03:20"), at: at("03:20:12"), endAt: at("04:10") };
  const ended = (id: string, due: Date, outcome: Outcome) =>
    aRun(due, {
      ...{ id, outcome, finishedAt: at("04:10") },
      attempts: [{ number: 1, objectName: id, objectId: id, boundAt: due, outcome, finishedAt: at("04:10") }],
    });
  const record = {
    ...aRecord(at("04:10"), {
      runs: [
        ended(failure, at("03:00"), { kind: "failed", exitCode: 2, oom: false }),
        ended(success, at("04:00"), succeeded),
      ],
    }),
    told: { looked, last: { "ops-chat": { failed: { ...times, run: failure, endRun: success } } } },
  };
  for (const run of [failure, success])
    expect((await text(`/runs/${run}`, { record })).body).toMatch(
      /Who was told ops-chat was told that it failed at .*, and that it succeeded again at /,
    );
  expect((await text(`/runs/${failure}`, { record, role: "status" })).body).not.toContain("ops-chat");
});

describe("trying a channel", () => {
  const noted: Deed[] = [];
  const asked: string[] = [];
  const send = (path: string, { sent, caller = anna, kind = "missed" }: Sending) =>
    askPage(path, {
      world: aWorld({
        scheduler: () => ({ ...aWorld().scheduler(), channels }),
        tryChannel: async (name, { kind }) => {
          asked.push(`${kind} ${name}`);
          return { channel: { name, kind: "slack", address: "https://hooks.slack.com/…" }, sent };
        },
      }),
      ...{ caller, noted, method: "POST", fields: { kind } },
    });
  beforeEach(() => {
    noted.length = 0;
    asked.length = 0;
  });

  test("sends a notice of the kind, and says on the page of notices that it was taken", async () => {
    const answer = await send("/channels/pager/test", { sent: { result: "delivered", because: "202" } });
    expect(answer).toMatchObject({ status: 303, headers: { Location: "../../notices?done=tried&to=pager" } });
    expect(asked).toEqual(["missed pager"]);
    expect(noted).toEqual([{ what: "test", channel: "pager" }]);
    expect((await text("/notices?done=tried&to=pager")).body).toContain("pager took the notice that tries it.");
    expect((await text("/notices?done=tried&to=Evil")).body).not.toMatch(/took the notice|Evil/);
  });

  test("shows the form again with what the receiver said, where it was not taken", async () => {
    const answer = "<b>invalid_token</b>\u0007";
    const { status, body } = await send("/channels/pager/test", { sent: { result: "final", because: "401", answer } });
    expect(status).toBe(409);
    expect(body).toContain("pager did not take it: 401. It answered: &lt;b&gt;invalid_token&lt;/b&gt;\\u0007");
    expect(body).toContain('<option value="missed" selected');
    expect(noted).toEqual([{ what: "test", channel: "pager" }]);
  });

  test.each([
    ["another channel", "/channels/mail/test", {}, "no-such-channel"],
    ["another kind", "/channels/pager/test", { kind: "fail" }, "bad-request"],
    ["a token for some jobs", "/channels/pager/test", { caller: { ...anna, jobs: ["back*"] } }, "not-yours"],
  ] as const)("%s is refused", async (_what, path, change, code) => {
    const sent = { result: "delivered", because: "200" } as const;
    await expect(send(path, { sent, ...change })).rejects.toMatchObject({ code });
    expect([asked, noted]).toEqual([[], []]);
  });

  test("is offered to who may operate all jobs, for channels that there are", async () => {
    const link = /href="[^"]*channels\/([^/"]*)\/test"/g;
    const offered = async (caller: Caller) => {
      const world = aWorld({
        records: () => new Map([["backup", aFailingRecord()]]),
        scheduler: () => ({ ...aWorld().scheduler(), channels }),
      });
      const { body } = await askPage("/notices", { world, caller });
      return [...body.matchAll(link)].map(([, name]) => name);
    };
    expect(await offered(anna)).toEqual(["ops-chat", "pager"]);
    expect(await offered({ ...anna, jobs: ["back*"] })).toEqual([]);
    expect(await offered({ role: "read" })).toEqual([]);
    expect(webRoutes.filter(({ path }) => path.startsWith("/channels/")).map(({ role }) => role)).toEqual([
      "operate",
      "operate",
    ]);
  });
});

const anna: Caller = { role: "operate", name: "anna" };

interface Sending {
  readonly sent: ChannelTried["sent"];
  readonly caller?: Caller;
  readonly kind?: string;
}
