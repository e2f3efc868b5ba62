import { type Owner, ownNumber } from "../job/own-number.ts";
import { kindsOf } from "./crontab/fields.ts";
import { withoutHash } from "./crontab/hashed.ts";
import { parsePattern } from "./crontab/parse-pattern.ts";
import { timezonePrefix } from "./crontab/pattern.ts";
import { isWrong } from "./wrong.ts";

/**
 * Returns the pattern with values in place of each `H`: `17 4 * * *` for `H H(0-5) * * *`. They follow from the names of the
 * instance, the job and the field alone, so every machine and every start finds the same ones, and jobs of other names find
 * others. A pattern without `H`, or one that is wrong, is returned as it is.
 */
export function writeOut(pattern: string, owner: Owner): string {
  if (!pattern.includes("H")) return pattern;
  const read = parsePattern(pattern);
  if (isWrong(read) || read.kind !== "crontab" || !read.isExample) return pattern;
  const { timezone, times } = timezonePrefix(pattern);
  const words = times.trim().split(/\s+/);
  const plain = kindsOf(words.length).map((kind, index) =>
    withoutHash(kind, words[index] ?? "", () => ownNumber(owner, kind.name)),
  );
  return timezone === undefined ? plain.join(" ") : `CRON_TZ=${timezone} ${plain.join(" ")}`;
}

/** The same for the jobs of one instance. */
export function writeOutIn(instance: string): (pattern: string, job: string) => string {
  return (pattern, job) => writeOut(pattern, { instance, job });
}
