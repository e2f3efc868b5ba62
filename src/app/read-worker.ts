import { parentPort, workerData } from "node:worker_threads";
import { doubtOf } from "../schedule/crontab/doubt.ts";
import { createTimetables, writeOutIn } from "../schedule/timetable.ts";
import { type Checks, type ReadOrder, readText } from "../sources/file-reader.ts";

/** What a message takes to be read must not hold up a start. */
const JOBS_PER_MESSAGE = 500;

/** What a thread that reads is given. */
export interface ReadSettings {
  readonly instance: string;
  /** As `createTimetables` takes it. */
  readonly otherHost?: string | undefined;
}

const { instance, otherHost } = workerData as ReadSettings;
const checks: Checks = {
  checkSchedule: createTimetables({ otherHost }).check,
  doubtSchedule: doubtOf,
  writeOut: writeOutIn(instance),
};

parentPort?.on("message", (order: ReadOrder) => {
  const read = readText(order, checks);
  const { jobs } = read.parsed;
  for (let from = 0; from < jobs.length; from += JOBS_PER_MESSAGE)
    parentPort?.postMessage({ jobs: jobs.slice(from, from + JOBS_PER_MESSAGE) });
  parentPort?.postMessage({ read: { ...read, parsed: { ...read.parsed, jobs: [] } } });
});
