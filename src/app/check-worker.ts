import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../clock.ts";
import type { ObjectKind } from "../job/job.ts";
import { doubtOf } from "../schedule/crontab/doubt.ts";
import { createTimetables, writeOutIn } from "../schedule/timetable.ts";
import { checkText } from "../sources/check-text.ts";

/** What a thread that checks one text is given. It answers with a `Checked`. */
export interface CheckOrder {
  readonly text: string;
  readonly timezone: string;
  readonly instance: string;
  /** As `createTimetables` takes it. */
  readonly otherHost?: string | undefined;
  /** What the jobs run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** The names of all channels; absent when they are not known. */
  readonly channels?: readonly string[];
}

const { text, timezone, instance, otherHost, engine, channels } = workerData as CheckOrder;
const checked = await checkText(text, {
  defaultTimezone: timezone,
  checkSchedule: createTimetables({ otherHost }).check,
  doubtSchedule: doubtOf,
  writeOut: writeOutIn(instance),
  instance,
  clock: systemClock,
  doubtHostPaths: true,
  ...(engine && { engine }),
  ...(channels && { channels: () => new Set(channels) }),
});
parentPort?.postMessage(checked);
