import { CRON_NICKNAMES } from "../../../job/nicknames.ts";
import { readBusyboxPattern } from "../busybox.ts";
import type { PatternNote, ReadPattern, WrongPattern } from "../fields.ts";

/** `willfarrell/docker-crontab`, and the one that goes on from it: without `@every`, with `@random`. */
export type CrontabFlavour = "willfarrell" | "simplicityguy";

/** Reads a schedule: its script makes five fields of it, and BusyBox's crond reads these. */
export function readSchedule(written: string, flavour: CrontabFlavour): ReadPattern | WrongPattern {
  const words = written.trim().split(/\s+/);
  const [first = "", ...others] = words;
  if (first === "@every" && flavour === "willfarrell") return readEvery(others[0] ?? "");
  if (first === "@random" && flavour === "simplicityguy") return readRandom(written, others);
  const named = CRON_NICKNAMES.get(first);
  if (first.startsWith("@") && named === undefined)
    return { wrong: first === "@every" ? "it skips a job with @every" : `it does not know "${first}"` };
  const fields = named?.split(" ") ?? words;
  if (fields.length !== 5)
    return {
      wrong: `it has ${fields.length} fields, and crond takes the first five for the time and the rest for the command`,
    };
  const read = readBusyboxPattern(fields);
  return "wrong" in read || named === undefined ? read : { ...read, schedules: [first], notes: [] };
}

/** Minutes, hours and days are added up to a step of minutes, whatever its size. */
function readEvery(duration: string): ReadPattern | WrongPattern {
  const count = (unit: string) =>
    [...duration.matchAll(new RegExp(`(\\d{1,9})${unit}`, "g"))].map(([, n]) => Number(n));
  const [minutes, hours, days] = [count("m"), count("h"), count("d")];
  if ([minutes, hours, days].some((found) => found.length > 1)) return { wrong: `"${duration}" stops its script` };
  const total = (minutes[0] ?? 0) + (hours[0] ?? 0) * 60 + (days[0] ?? 0) * 24 * 60;
  const pattern = `*/${total} * * * *`;
  const read = readBusyboxPattern(pattern.split(" "));
  if ("wrong" in read) return read;
  if (total > 0 && 60 % total === 0) return { ...read, notes: [] };
  const minute = read.schedules[0]?.split(" ")[0] ?? "";
  const when =
    minute.includes(",") || minute.includes("/") ? `minutes ${minute} of each hour` : `minute ${minute} of each hour`;
  const message = `its script makes "${pattern}" of @every ${duration}, which is ${when}, and that is when it ran`;
  return { ...read, notes: [{ code: "import-step", message }] };
}

/** `@m`, `@h` and `@d` are drawn whenever it starts. Here they follow from the name of the job. */
function readRandom(written: string, parts: readonly string[]): ReadPattern {
  const draw = (part: string) => (parts.includes(part) ? "H" : "*");
  const schedule = `${draw("@m")} ${draw("@h")} * * ${draw("@d")}`;
  const message = `"${written.trim()}" draws its values whenever the scheduler starts; H is one that follows from the name of the job, and stays`;
  const note: PatternNote = { code: "import-jitter", message };
  return { schedules: [schedule], notes: [note] };
}
