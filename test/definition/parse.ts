import { hash } from "node:crypto";
import type { FileSettings } from "../../src/definition/files/parse-schedule-file.ts";
import { parseScheduleFile } from "../../src/definition/files/parse-schedule-file.ts";
import { formatProblem } from "../../src/job/problem.ts";

export const fileSettings: FileSettings = {
  path: "jobs.yml",
  folder: "/etc/shipbell",
  variables: {},
  readReferenced: () => ({ unreadable: "there is no such file or folder", isMissing: true }),
  digestSecret: (text) => hash("sha256", text),
  defaultTimezone: "UTC",
  checkSchedule,
};

/** Stands in for the timetable: knows nicknames and five fields, and no minute 61. */
export function checkSchedule(pattern: string): string | undefined {
  const isSchedule = /^@\S+( \S+)?$/.test(pattern) || (/^\S+( \S+){4}$/.test(pattern) && !pattern.includes("61"));
  return isSchedule ? undefined : `"${pattern}" is not a schedule.`;
}

export function parse(text: string, change: Partial<FileSettings> = {}) {
  return parseScheduleFile(text, { ...fileSettings, ...change });
}

/** The lines of one job's keys as a whole file; the job must be good. */
export function parseJob(keys: string, change: Partial<FileSettings> = {}) {
  const lines = ["schedule: '0 3 * * *'", "image: busybox", ...keys.split("\n")].map((line) => `    ${line}\n`);
  const { jobs, problems } = parse(`jobs:\n  backup:\n${lines.join("")}`, change);
  const [job] = jobs;
  if (job?.template.kind !== "compose") throw new Error(problems.map(formatProblem).join("\n"));
  return { ...job, template: job.template };
}
