import type { FileValue, ImportSettings } from "../imported.ts";
import { readRobfig } from "../robfig.ts";
import type { Path } from "./manifests.ts";
import type { Report } from "./report.ts";
import { isTrue, type Tree, textOf, wholeOf } from "./tree.ts";

const SPEC: Path = ["spec"];

/** Reads when a CronJob is due, and what becomes of starts that meet an active run or come late. */
export function readWhen(spec: Tree, settings: ImportSettings, report: Report): Readonly<Record<string, FileValue>> {
  const { schedules, timezone } = readSchedule(spec, settings, report);
  const [first = "", ...others] = schedules;
  return {
    schedule: others.length === 0 ? first : schedules,
    timezone,
    ...readConcurrency(spec, report),
    catch_up: "last",
    ...readDeadline(spec, report),
    ...(isTrue(spec.suspend) && { suspended: "true" }),
  };
}

function readSchedule(spec: Tree, { zone, checkSchedule }: ImportSettings, report: Report) {
  const path = [...SPEC, "schedule"];
  const given = textOf(spec.timeZone);
  const fallback = zone.isGiven ? zone.name : "UTC";
  const nothing = { schedules: [], timezone: given ?? fallback };
  const refuse = (message: string, hint?: string) => {
    report.refuse("import-line", path, message, hint);
    return nothing;
  };
  const written = textOf(spec.schedule);
  if (written === undefined) return refuse("there is no schedule, and Kubernetes takes no CronJob without one");
  const read = readRobfig(written);
  if ("wrong" in read) return refuse(`Kubernetes does not take the schedule "${written}": ${read.wrong}`);
  if (
    !/@/.test(written) &&
    written
      .replace(/^\s*(?:CRON_)?TZ=\S*/, "")
      .trim()
      .split(/\s+/).length !== 5
  )
    return refuse(`Kubernetes does not take the schedule "${written}": it has six fields; five are read`);
  if (read.timezone !== undefined && given !== undefined)
    return refuse("Kubernetes takes no CronJob with a zone in its schedule and a timeZone", "remove one of them");
  if (given === "Local") return refuse("Kubernetes takes no CronJob with the timeZone Local", "name the zone");
  const timezone = read.timezone ?? given ?? fallback;
  const wrong = read.schedules.map((each) => checkSchedule(each, timezone)).find((each) => each !== undefined);
  if (wrong !== undefined) {
    report.refuse("import-schedule", path, wrong);
    return nothing;
  }
  for (const note of read.notes) {
    const message =
      note.code === "import-interval"
        ? "@every counts from when the CronJob was made there, and from 1970 here: the times differ, and the distance is the same"
        : note.message;
    report.warn(note.code, path, message, { key: "schedule" });
  }
  return { schedules: read.schedules, timezone };
}

/**
 * With Forbid, the newest start that was due meanwhile is made up for when the active run has ended
 * (pkg/controller/cronjob: it stays the most recent one that was missed). That is a queue of one.
 */
function readConcurrency(spec: Tree, report: Report): Readonly<Record<string, FileValue>> {
  const policy = textOf(spec.concurrencyPolicy) ?? "Allow";
  if (policy === "Allow") return { overlap: "allow" };
  if (policy === "Forbid") return { overlap: "queue", queue_limit: "1" };
  if (policy === "Replace") return { overlap: "replace" };
  const message = `Kubernetes takes no concurrencyPolicy "${policy}"; it has Allow, Forbid and Replace`;
  report.refuse("import-line", [...SPEC, "concurrencyPolicy"], message);
  return {};
}

/** A controller that looks every ten seconds may pass over a shorter deadline, as Kubernetes' documents say. */
const LEAST_DEADLINE_S = 10;

function readDeadline(spec: Tree, report: Report): Readonly<Record<string, FileValue>> {
  if (spec.startingDeadlineSeconds == null) return {};
  const path = [...SPEC, "startingDeadlineSeconds"];
  const seconds = wholeOf(spec.startingDeadlineSeconds);
  if (!seconds) {
    const written = JSON.stringify(spec.startingDeadlineSeconds);
    report.refuse("import-line", path, `with startingDeadlineSeconds ${written} Kubernetes starts nothing`);
    return {};
  }
  if (seconds < LEAST_DEADLINE_S)
    report.warn(
      "import-missed",
      path,
      `with a deadline of less than ${LEAST_DEADLINE_S} s Kubernetes may start nothing; here the job starts when it is due`,
      { key: "starting_deadline" },
    );
  return { starting_deadline: `${seconds}s` };
}
