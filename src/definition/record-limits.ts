/**
 * What a definition may contain so that the record of its job fits into 64 KB, whatever happens to the job. These
 * values stand on the record for as long as the job has them; all else that stands there is bounded by what wrote it
 * (`ledger/changes/size.ts`). `test/ledger/bounded-records.test.ts` adds the largest of all of it up.
 */
import type * as z from "zod";
import { written } from "./values/input-schema.ts";

const MOST_SCHEDULES = 100;
/** Of all schedules of a job, in bytes, as JSON has them. */
const SCHEDULES_BYTES = 2000;
/** Each exit code once; and each outcome that is worth another attempt. */
const MOST_EXIT_CODES = 256;
const MOST_RETRY_REASONS = MOST_EXIT_CODES + 4;

interface Wrong {
  readonly message: string;
  readonly hint: string;
}

/** A list of schedules that is not too long for the record. */
export const schedulesThatFit = <T extends z.ZodType<readonly string[]>>(schedules: T): T =>
  limited(schedules, (patterns: readonly string[]) => {
    const hint = "one pattern may name several times, as 0 3,9,15 * * *; or make several jobs of it";
    if (patterns.length > MOST_SCHEDULES)
      return { message: `has ${patterns.length} schedules; at most ${MOST_SCHEDULES} are allowed`, hint };
    const bytes = patterns.reduce((sum, pattern) => sum + Buffer.byteLength(JSON.stringify(pattern)) - 2, 0);
    return bytes <= SCHEDULES_BYTES
      ? undefined
      : { message: `has ${bytes} bytes in all; at most ${SCHEDULES_BYTES} are allowed`, hint };
  });

export const exitCodesThatFit = <T extends z.ZodType<readonly number[]>>(codes: T): T =>
  listThatFits(codes, MOST_EXIT_CODES);

export const retryReasonsThatFit = <T extends z.ZodType<readonly unknown[]>>(reasons: T): T =>
  listThatFits(reasons, MOST_RETRY_REASONS);

function listThatFits<T extends z.ZodType<readonly unknown[]>>(list: T, most: number): T {
  return limited(list, ({ length }: readonly unknown[]) =>
    length <= most
      ? undefined
      : { message: `has ${length} entries; at most ${most} are allowed`, hint: "name each exit code once" },
  );
}

function limited<Item, T extends z.ZodType<readonly Item[]>>(
  schema: T,
  wrongOf: (items: readonly Item[]) => Wrong | undefined,
): T {
  const checked = schema.check(({ value, issues }) => {
    const wrong = wrongOf(value);
    if (wrong !== undefined)
      issues.push({ code: "custom", input: value, message: wrong.message, params: { hint: wrong.hint } });
  });
  return written(checked, { orOne: true }) as T;
}
