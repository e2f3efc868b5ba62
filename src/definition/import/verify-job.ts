import { isWarning } from "../../job/problem.ts";
import { parseScheduleFile } from "../files/parse-schedule-file.ts";
import type { FileValue, ImportSettings } from "./imported.ts";
import { TO_DO } from "./imported.ts";
import { writeFile } from "./write-file.ts";

/** What `check` says against an imported job. */
export interface NotValid {
  readonly message: string;
  readonly hint?: string;
}

/**
 * Returns what keeps the scheduler from accepting an imported job, other than what a person must still decide. What is
 * imported passes `check` for that reason, and not because readers are careful.
 */
export function verifyJob(
  keys: Readonly<Record<string, FileValue>>,
  top: Readonly<Record<string, FileValue>>,
  settings: ImportSettings,
): NotValid | undefined {
  const decided = keys.image === TO_DO ? { ...keys, image: "busybox" } : keys;
  const text = writeFile({ top, jobs: [{ name: "job", keys: decided }] });
  const unread = { unreadable: "it is not looked at", isMissing: false, isUnknown: true } as const;
  const { problems } = parseScheduleFile(text, {
    path: "",
    folder: "/",
    envFiles: [],
    variables: Object.fromEntries([...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => [name, "1"])),
    defaultTimezone: settings.zone.name,
    checkSchedule: settings.checkSchedule,
    readReferenced: () => unread,
    seeReferenced: () => unread,
    digestSecret: () => undefined,
  });
  const wrong = problems.find((problem) => !isWarning(problem));
  return wrong && { message: wrong.message, ...(wrong.hint !== undefined && { hint: wrong.hint }) };
}
