import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseScheduleFile } from "../../src/definition/files/parse-schedule-file.ts";
import type { LabelledObject } from "../../src/definition/labels/labelled-object.ts";
import { parseLabels } from "../../src/definition/labels/parse-labels.ts";
import { joinReadings, type Reading } from "../../src/definition/reading.ts";
import type { SourceName } from "../../src/job/job.ts";
import { doubtOf } from "../../src/schedule/crontab/doubt.ts";
import type { Timetables } from "../../src/schedule/timetable.ts";
import type { StageChannels } from "./channels.ts";
import type { Ending, Past } from "./past.ts";

/** Where the company's clocks stand. */
export const COMPANY_ZONE = "Europe/Berlin";

/** Wednesday, 09:24:30 at the company: people have come to work, and look at what happened at night. */
export const COMPANY_NOW = new Date("2026-11-18T08:24:30Z");

/** The Swarm of the company. */
export const COMPANY_NODES = ["fra-1", "fra-2", "fra-3", "ber-1"] as const;

/** When the company began to use shipbell. */
export const COMPANY_SINCE = new Date("2026-03-02T08:00:00Z");

/** Sunday's update of the managers, in which no scheduler was running. */
export const COMPANY_ABSENCE = { from: new Date("2026-11-15T20:58:00Z"), to: new Date("2026-11-15T21:16:30Z") };

/** One is fine; one has had no answer since three o'clock; of one the password has changed. */
export const COMPANY_CHANNELS: StageChannels = {
  "ops-chat": { kind: "slack", address: "https://hooks.slack.com/…" },
  pager: {
    ...{ kind: "pagerduty", address: "https://events.pagerduty.com/…" },
    fails: { since: new Date("2026-11-18T02:44:31Z"), because: "503" },
  },
  "shop-hook": {
    ...{ kind: "webhook", address: "https://hooks.shop.example/…" },
    refuses: { since: new Date("2026-11-18T03:03:16Z"), because: "401" },
  },
};

/** What the schedule files and the labels of services declare: thirty jobs, and two that cannot be read. */
export function readCompany(
  timetables: Timetables,
): readonly { readonly source: SourceName; readonly reading: Reading }[] {
  const files = ["backups.yml", "reports.yml", "upkeep.yml", "legacy.yml"].map((name) =>
    readSchedules(readFileSync(join(import.meta.dirname, "company", name), "utf8"), { name, timetables }),
  );
  const settings = { ...timeSettings(timetables), instance: "shipbell", engine: "service" } as const;
  return [
    { source: "files", reading: joinReadings(files) },
    { source: "services", reading: parseLabels(SERVICES, settings) },
  ];
}

/** Reads a schedule file as if it lay where the image expects it. */
export function readSchedules(text: string, { name, timetables }: { name: string; timetables: Timetables }): Reading {
  return parseScheduleFile(text, {
    ...timeSettings(timetables),
    path: `/etc/shipbell/schedules/${name}`,
    folder: "/etc/shipbell/schedules",
    variables: {},
    engine: "service",
    readReferenced: () => ({ unreadable: "there is no such file or folder", isMissing: true }),
    digestSecret: (secret) => createHash("sha256").update(secret).digest("hex"),
  });
}

function timeSettings({ check }: Timetables) {
  return { defaultTimezone: COMPANY_ZONE, checkSchedule: check, doubtSchedule: doubtOf };
}

/** Services whose labels declare a job: each run is a copy of its service. */
const SERVICES: readonly LabelledObject[] = [
  service("shop_product-feed", "registry.example/shop/feeds:4.2", { schedule: "*/30 * * * *", timeout: "20m" }),
  service("shop_cart-reminder", "registry.example/shop/mailer:4.2", { schedule: "0 * * * *" }),
  service("shop_price-import", "registry.example/shop/import:4.2", {
    ...{ schedule: "0 4 * * *", "history.failed": "5" },
    notify: "ops-chat,shop-hook",
  }),
  service("shop_search-reindex", "registry.example/shop/search:4.2", {
    ...{ schedule: "0 9,21 * * *", expected_duration: "15m" },
    notify: "ops-chat",
  }),
  service("shop_thumbnails", "registry.example/shop/thumbnails:4.2", { schedule: "7 * * * *" }),
  service("wiki_dump", "registry.example/wiki/tools:1.8", { schedule: "30 2 * * *" }),
  service("wiki_spam-cleanup", "registry.example/wiki/tools:1.8", { schedule: "15 */6 * * *" }),
];

function service(name: string, image: string, labels: Readonly<Record<string, string>>): LabelledObject {
  const written = { ...labels, timezone: COMPANY_ZONE };
  return {
    kind: "service",
    id: createHash("sha256").update(name).digest("hex").slice(0, 25),
    name,
    version: "17",
    labels: {
      ...Object.fromEntries(Object.entries(written).map(([key, value]) => [`shipbell.${key}`, value])),
      "com.docker.stack.namespace": name.split("_")[0] ?? name,
    },
    running: false,
    image,
    user: "1000",
    mayBecomeAnyone: false,
    createdAt: new Date("2026-09-01T07:00:00Z"),
  };
}

const failed = (exitCode: number, takesS: number, ...prints: string[]): Ending => ({
  outcome: { kind: "failed", exitCode, oom: false },
  takesS,
  prints,
});

const noSpace = failed(
  1,
  872,
  "open repository",
  "using parent snapshot 5d1f3c7a",
  "[12:44] 71.30%  48211 files 96.412 GiB, total 67109 files 135.220 GiB",
  "Fatal: unable to save snapshot: write /srv/backup/data/3f/3f9a6: no space left on device",
);

const refused = failed(
  2,
  7,
  "export of 2026-11-17: 1,204 bookings",
  "connecting to bank.example:22 …",
  "sftp: Permission denied (publickey). The key was last accepted on 2026-11-16.",
);

const outOfMemory: Ending = {
  outcome: { kind: "failed", exitCode: 137, oom: true },
  takesS: 194,
  prints: ["reading prices-2026-11-18.xml (1.9 GB)", "parsed 1,000,000 of 3,412,806 items"],
};

/** How the company's jobs have gone. Three failed last night, two run, one waits for a node and one is paused. */
export const COMPANY_PAST: Readonly<Record<string, Past>> = {
  "postgres-backup": {
    takesS: 548,
    prints: ["dumping shop (38 GB)", "dumping wiki (2 GB)", "uploaded 11.4 GB to s3://backups/postgres/2026-11-18"],
    ends: { 9: failed(3, 61, "pg_dump: error: connection to server failed: timeout expired") },
    asked: [{ at: new Date("2026-11-17T15:40:00Z"), by: { via: "page", name: "anna" }, reason: "before the upgrade" }],
  },
  "postgres-wal-archive": { takesS: 24, prints: ["archived 14 segments"] },
  "uploads-backup": {
    takesS: 841,
    prints: ["Files: 312 new, 88 changed, 66709 unmodified", "snapshot a77b0c19 saved"],
    ends: { 0: noSpace },
  },
  "mail-archive": { takesS: 1260, prints: ["snapshot 0fd21e6b saved"], ends: { 21: failed(1, 320, "Fatal: timeout") } },
  "config-backup": { takesS: 38, prints: ["pushed 4 changed files"] },
  "offsite-copy": { takesS: 2870, prints: ["Transferred: 11.9 GiB / 11.9 GiB, 100%"] },
  "backup-verify": { takesS: 1980, prints: ["no errors were found"] },
  "sales-report": { takesS: 236, prints: ["mailed to sales@example.com: 42 pages"] },
  "stock-report": { takesS: 118, prints: ["mailed to warehouse@example.com"] },
  "monthly-statement": { takesS: 1080, prints: ["statement of October: 1 file"] },
  "invoice-run": { takesS: 720, prints: ["sent 318 invoices"], now: "runs" },
  "newsletter-digest": { takesS: 360, prints: ["12,480 readers"] },
  "ledger-export": {
    takesS: 171,
    prints: ["export of 2026-11-17: 1,204 bookings", "delivered to bank.example"],
    ends: { 0: refused, 1: refused },
  },
  "dashboard-refresh": { takesS: 44, prints: ["refreshed 31 dashboards"] },
  "certificate-renewal": { takesS: 12, prints: ["nothing to renew: 41 days left"] },
  "certificate-expiry-check": { takesS: 5, prints: ["8 certificates, the next one ends in 41 days"] },
  "image-prune": { takesS: 125, prints: ["removed 61 images, 14.2 GB"] },
  "log-rotate": { takesS: 17, prints: ["rotated 23 files"] },
  "session-cleanup": { takesS: 6, prints: ["deleted 1,930 sessions"] },
  "temp-files-cleanup": { takesS: 9, prints: ["deleted 412 files"] },
  "dns-blocklist": {
    takesS: 21,
    prints: ["148,211 names"],
    ends: Object.fromEntries(
      [1, 17].map((ago) => [ago, failed(22, 4, "curl: (22) The requested URL returned error: 503")]),
    ),
  },
  "link-check": {
    takesS: 1500,
    prints: ["4,102 links, 3 broken"],
    ends: {
      3: { outcome: { kind: "timed-out", exitCode: 143 }, takesS: 1800, prints: ["checked 2,950 of 4,098 links"] },
    },
  },
  "disk-usage": { takesS: 3, prints: ["fra-1 62%, fra-2 58%, fra-3 71%, ber-1 97%"] },
  "shop_product-feed": { takesS: 212, prints: ["3,402,118 products written"] },
  "shop_cart-reminder": { takesS: 31, prints: ["84 reminders sent"] },
  "shop_price-import": { takesS: 640, prints: ["imported 3,398,204 items"], ends: { 0: outOfMemory } },
  "shop_search-reindex": { takesS: 560, prints: ["indexed 3,398,204 products"], now: "runs" },
  shop_thumbnails: { takesS: 95, prints: ["made 1,207 thumbnails"], now: "waits" },
  wiki_dump: { takesS: 148, prints: ["wrote 2.1 GB"] },
  "wiki_spam-cleanup": {
    takesS: 27,
    prints: ["deleted 39 edits"],
    paused: {
      at: new Date("2026-11-17T10:12:00Z"),
      reason: "it deleted edits of the support team; ticket 4711",
      by: { via: "page", name: "tom" },
    },
  },
};
