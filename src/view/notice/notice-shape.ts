import * as z from "zod";
import { NOTICE_KINDS } from "../../job/notify.ts";
import { TRIGGERS } from "../../ledger/record.ts";

const instant = z.iso.datetime();
const text = z.string();
const count = z.number().int().min(0);
const about = (description: string) => ({ description });

/**
 * What is told, in the words of the published payload: the `data` of its CloudEvent. Times are ISO 8601 in UTC. Made from
 * the record, so that it says the same as every other surface.
 */
export const noticeDataShape = z
  .object({
    kind: z.enum(NOTICE_KINDS).meta(about("What is told.")),
    state: z
      .enum(["open", "closed", "once"])
      .meta(about("open: it lasts, and its end will be told. closed: that end. once: nothing follows.")),
    dedup_key: text.meta(about("The same for all that is told about one incident: shipbell/backup/failed.")),
    title: text.meta(about("One line: backup failed (exit code 2).")),
    text: text.meta(about("Sentences: what, which run, exit code, where, since when.")),
    instance: text.meta(about("The instance of shipbell that tells it.")),
    job: text,
    run: z.exactOptional(text).meta(about("The ID of the run.")),
    trigger: z.exactOptional(z.enum(TRIGGERS)),
    scheduled_at: z
      .exactOptional(instant)
      .meta(about("When the run was due, or the first of the occurrences; when it was requested, for a manual start.")),
    started_at: z.exactOptional(instant),
    finished_at: z.exactOptional(instant),
    outcome: z.exactOptional(text).meta(about("How the run ended: failed, timed-out, lost, rejected, succeeded.")),
    reason: z
      .exactOptional(text)
      .meta(about("Why: of an outcome such as rejected, or of occurrences that were missed.")),
    exit_code: z.exactOptional(z.number().int()),
    attempt: z.exactOptional(count).meta(about("The number of its latest attempt.")),
    attempts: z.exactOptional(count).meta(about("How many attempts it may have.")),
    duration_seconds: z.exactOptional(z.number().min(0)).meta(about("Of the latest attempt.")),
    node: z.exactOptional(text),
    image: z.exactOptional(text),
    failures_in_a_row: z.exactOptional(count).meta(about("With this run; for recovered, before it.")),
    open_since: z.exactOptional(instant).meta(about("When the first of them ended, or when the pause began.")),
    last_success_at: z.exactOptional(instant),
    next_at: z.exactOptional(instant).meta(about("When the job is due next.")),
    count: z.number().int().min(1).meta(about("How many occurrences it is about; 1 for all that is about a run.")),
    reminder: z.exactOptional(z.literal(true)).meta(about("It was told before, and is still so.")),
    test: z
      .exactOptional(z.literal(true))
      .meta(about('Nothing happened: an operator tries the channel ("notify test").')),
    output: z
      .exactOptional(z.array(text).readonly())
      .meta(about("The last lines of the output, if they were asked for.")),
    truncated: z.exactOptional(z.literal(true)).meta(about("Lines of the output before these were left out.")),
    unit: z.exactOptional(text).meta(about("Where the job is declared: backup.yml:12.")),
    url: z.exactOptional(z.url()).meta(about("The page of the run or job.")),
  })
  .readonly()
  .meta({ id: "NoticeData" });

/** The event that a webhook is sent, `application/cloudevents+json`. */
export const cloudEventShape = z
  .object({
    specversion: z.literal("1.0"),
    id: text.min(1).meta(about("The same in every try.")),
    source: text.meta(about("/shipbell/instances/INSTANCE")),
    type: z.enum([
      "shipbell.run.failed",
      "shipbell.run.recovered",
      "shipbell.run.long-running",
      "shipbell.occurrences.missed",
      "shipbell.occurrences.skipped",
      "shipbell.job.not-run",
    ]),
    subject: text.meta(about("The name of the job.")),
    time: instant.meta(about("When it happened.")),
    datacontenttype: z.literal("application/json"),
    data: noticeDataShape,
  })
  .readonly();
export type CloudEvent = z.infer<typeof cloudEventShape>;
