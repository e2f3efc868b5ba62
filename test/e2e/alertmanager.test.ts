import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { post } from "../../src/notify/post.ts";
import { type NoticeEvent, noticeEvent } from "../../src/view/notice/notice-event.ts";
import type { NoticeFacts } from "../../src/view/notice/told.ts";
import { startAlertmanager } from "../lab/alertmanager.ts";
import { aChannel, isRequest } from "../notify/channels/a-channel.ts";
import { aJob, aRecord } from "../support/a-job.ts";

/** What Alertmanager tells on, to a receiver of its own: the status, and the summary. */
const told: string[] = [];
const receiver = createServer(async (request, response) => {
  const { status, alerts } = JSON.parse(await text(request));
  for (const { annotations } of alerts) told.push(`${status}: ${annotations.summary}`);
  response.end();
});
let alertmanager: Awaited<ReturnType<typeof startAlertmanager>>;
beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as { port: number };
  alertmanager = await startAlertmanager(`
route: { receiver: test, group_by: [alertname, job_name], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: test, webhook_configs: [{ url: "http://127.0.0.1:${port}", send_resolved: true }] }]
`);
});
afterAll(async () => {
  await alertmanager?.takeDown();
  receiver.close();
});

const now = new Date();
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function event(facts: Omit<NoticeFacts, "id">, job = "backup"): NoticeEvent {
  const record: JobRecord = aRecord(now, {}, aJob({ name: job }));
  const known = { instance: "shipbell", now, publicUrl: "https://cron.example.org/" };
  return noticeEvent({ id: `${job}/${facts.kind}`, ...facts }, record, known);
}

async function send(event: NoticeEvent): Promise<void> {
  const channel = await aChannel(`{kind: alertmanager, url: "${alertmanager.url}", labels: {severity: page}}`);
  const message = channel.message([event], new Date());
  isRequest(message);
  const { clock, signal } = { clock: systemClock, signal: new AbortController().signal };
  expect(await post(message, { clock, signal })).toMatchObject({ result: "delivered" });
}

const failed = {
  kind: "failed",
  at: minutesAgo(9),
  since: minutesAgo(9),
  run: "backup-1",
  outcome: "failed",
  exitCode: 2,
} as const;
const recovered = {
  kind: "recovered",
  at: minutesAgo(1),
  since: minutesAgo(9),
  run: "backup-2",
  outcome: "succeeded",
} as const;

async function openJobs(): Promise<readonly (string | undefined)[]> {
  return (await alertmanager.alerts()).map(({ labels }) => labels.job_name).toSorted();
}

it("a failure is an alert, a reminder is the same one, and the recovery resolves it", async () => {
  await send(event(failed));
  await expect.poll(() => told).toEqual(["firing: backup failed (exit code 2)"]);
  await send(event({ ...failed, times: 2, count: 3 }));
  const [alert, ...others] = await alertmanager.alerts();
  expect(others).toEqual([]);
  expect(alert).toMatchObject({
    labels: { alertname: "ShipbellJobFailed", job_name: "backup", shipbell_instance: "shipbell", severity: "page" },
    annotations: { summary: "backup still fails (exit code 2)" },
    startsAt: failed.since.toISOString(),
    generatorURL: "https://cron.example.org/runs/backup-1",
    status: { state: "active" },
  });
  // Open for longer than resolve_timeout, which ends what says no end.
  expect(new Date(alert?.endsAt ?? 0).getTime()).toBeGreaterThan(now.getTime() + 300 * 86_400_000);
  await send(event(recovered));
  await expect.poll(() => told.at(-1)).toBe("resolved: backup recovered");
  expect(await alertmanager.alerts()).toEqual([]);
});

it("jobs do not resolve each other, and a failure after a recovery fires again", async () => {
  await send(event({ ...failed, since: now, at: now }));
  await send(event({ ...failed, run: "report-1" }, "report"));
  await expect.poll(() => openJobs()).toEqual(["backup", "report"]);
  await send(event({ ...recovered, run: "report-2" }, "report"));
  await expect.poll(() => openJobs()).toEqual(["backup"]);
});

it("what is told once ends by Alertmanager's own resolve_timeout", async () => {
  await send(event({ kind: "missed", at: now, since: minutesAgo(5), count: 3 }));
  const endsInMs = async () => {
    const missed = (await alertmanager.alerts()).find(({ labels }) => labels.alertname === "ShipbellOccurrencesMissed");
    return new Date(missed?.endsAt ?? 0).getTime() - Date.now();
  };
  await expect.poll(endsInMs).toBeGreaterThan(0);
  expect(await endsInMs()).toBeLessThanOrEqual(5 * 60_000);
});
