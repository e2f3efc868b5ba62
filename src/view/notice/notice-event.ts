import type * as z from "zod";
import type { NoticeKind } from "../../job/notify.ts";
import { type Attempt, type JobRecord, latestAttempt } from "../../ledger/record.ts";
import { timeWords } from "../words/time.ts";
import type { cloudEventShape, noticeDataShape } from "./notice-shape.ts";
import { noticeText } from "./notice-text.ts";
import { noticeTitle } from "./notice-title.ts";
import { outputLines } from "./output-lines.ts";
import { type Known, type NoticeFacts, type Told, toldOf } from "./told.ts";

export type NoticeData = z.infer<typeof noticeDataShape>;
export type CloudEvent = z.infer<typeof cloudEventShape>;

/** One thing to tell. `id` is the same in every try, and from every scheduler. */
export interface NoticeEvent {
  readonly id: string;
  /** When it happened. */
  readonly at: Date;
  readonly data: NoticeData;
}

/** Makes the words of a notice, from the job's record at the time of sending. A run that is forgotten is told as far as it goes. */
export function noticeEvent(notice: NoticeFacts, record: JobRecord, known: Known): NoticeEvent {
  const told = toldOf(notice, record, known);
  return { id: `${known.instance}/${notice.id}`, at: notice.at, data: wellFormed(dataOf(told)) };
}

/** Half of a surrogate pair, which is no text, is something that many receivers refuse for good. */
function wellFormed(data: NoticeData): NoticeData {
  const mended = (value: unknown): unknown => {
    if (typeof value === "string") return value.toWellFormed();
    return Array.isArray(value) ? value.map(mended) : value;
  };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mended(value)])) as NoticeData;
}

function dataOf(told: Told): NoticeData {
  const { notice, record, known, run, past, outcome } = told;
  const { kind, count = 1, since } = notice;
  const isRow = kind === "failed" || kind === "recovered";
  const when = timeWords(record.definition.schedules, known.now);
  const attempt = run && latestAttempt(run);
  const durationMs = durationOf(attempt) ?? past?.durationMs;
  const [trigger, node, unit] = [
    run?.trigger ?? past?.trigger,
    attempt?.node ?? past?.node,
    known.unit ?? record.definition.origin?.unit,
  ];
  const scheduledAt = run?.scheduledAt ?? past?.scheduledAt ?? (isPassedOver(kind) ? since : undefined);
  const finishedAt = run?.finishedAt ?? past?.finishedAt;
  const reason = outcome?.reason ?? notice.reason;
  const { lastSuccessAt } = record.totals;
  const limit = run?.policies.retries?.limit;
  return {
    kind,
    state: stateOf(notice),
    dedup_key: dedupKey(notice, record.job, known.instance),
    title: noticeTitle(told, when),
    text: noticeText(told, when),
    instance: known.instance,
    job: record.job,
    ...(notice.run !== undefined && { run: notice.run }),
    ...(trigger && { trigger }),
    ...(scheduledAt && { scheduled_at: scheduledAt.toISOString() }),
    ...(attempt?.startedAt && { started_at: attempt.startedAt.toISOString() }),
    ...(finishedAt && { finished_at: finishedAt.toISOString() }),
    ...(outcome && { outcome: outcome.kind }),
    ...(reason !== undefined && { reason }),
    ...(outcome?.exitCode !== undefined && { exit_code: outcome.exitCode }),
    ...(attempt && { attempt: attempt.number }),
    ...(run && { attempts: Math.max(attempt?.number ?? 1, (limit ?? 0) + 1) }),
    ...(durationMs !== undefined && { duration_seconds: durationMs / 1000 }),
    ...(node !== undefined && { node }),
    ...(attempt?.image && { image: imageOf(attempt.image) }),
    ...(isRow && { failures_in_a_row: count }),
    ...(since && !isPassedOver(kind) && { open_since: since.toISOString() }),
    ...(lastSuccessAt && { last_success_at: lastSuccessAt.toISOString() }),
    ...(known.nextAt && { next_at: known.nextAt.toISOString() }),
    count: isRow ? 1 : count,
    ...((notice.times ?? 1) > 1 && { reminder: true as const }),
    ...outputLines(known.output ?? attempt?.output ?? "", known.outputLines ?? 0),
    ...(unit !== undefined && { unit }),
    ...(known.publicUrl !== undefined && { url: pageOf(notice, record.job, known.publicUrl) }),
  };
}

function stateOf({ kind, closes }: NoticeFacts): NoticeData["state"] {
  if (kind === "recovered" || closes) return "closed";
  return isPassedOver(kind) ? "once" : "open";
}

function isPassedOver(kind: NoticeKind): boolean {
  return kind === "missed" || kind === "skipped";
}

/** A failure and its recovery are one incident of the job; a run that lasts long is one of its own. */
function dedupKey({ kind, run = "" }: NoticeFacts, job: string, instance: string): string {
  const about = kind === "long-running" ? run : job;
  return `${instance}/${about}/${kind === "recovered" ? "failed" : kind}`;
}

function durationOf(attempt: Attempt | undefined): number | undefined {
  const { startedAt, finishedAt } = attempt ?? {};
  return startedAt && finishedAt && Math.max(0, finishedAt.getTime() - startedAt.getTime());
}

function imageOf({ name, digest }: NonNullable<Attempt["image"]>): string {
  return digest === undefined || name.includes("@") ? name : `${name}@${digest}`;
}

function pageOf({ run }: NoticeFacts, job: string, publicUrl: string): string {
  return run === undefined
    ? `${publicUrl}jobs/${encodeURIComponent(job)}`
    : `${publicUrl}runs/${encodeURIComponent(run)}`;
}
