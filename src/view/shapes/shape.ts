import * as z from "zod";

/**
 * An instant: a `Date` in the values that are written, and in JSON a text in UTC. What is inferred from a shape is the value;
 * what the schema checks, and the API's document describes, is the JSON.
 */
export const instant = z.iso.datetime().meta({
  id: "Instant",
  description: "An instant, in UTC.",
  example: "2026-11-18T03:00:00.000Z",
}) as unknown as z.ZodType<Date>;

/** A list that is not changed. */
export function list<T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[]> {
  return z.array(of);
}

/** One of these words. A newer version may write others. */
export function word<const T extends readonly string[]>(words: T): z.ZodType<T[number]> {
  return z.enum(words);
}

/** A word that is kept as it was written: a newer version may know others. */
export function openWord<T extends string>(description: string): z.ZodType<T> {
  return z.string().meta({ description }) as unknown as z.ZodType<T>;
}
