import * as z from "zod";
import type { PoolRecord } from "./record.ts";
import { TRIGGERS } from "./record.ts";
import { count, date } from "./record-json.ts";

const POOL_SCHEMA = 1;

/** Returns the record as JSON text, with instants as ISO 8601 in UTC. */
export function writePool(pool: PoolRecord): string {
  return JSON.stringify(pool);
}

export type ReadPool =
  | { readonly kind: "pool"; readonly pool: PoolRecord }
  /** Written by a newer shipbell, and not to be touched. */
  | { readonly kind: "newer"; readonly message: string }
  | { readonly kind: "damaged"; readonly message: string };

/** Reads what `writePool` wrote. Never throws, whatever the text is. Fields that are not known here are kept. */
export function readPool(text: string): ReadPool {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: "damaged", message: `not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const schema = versioned.safeParse(json).data?.schema;
  if (schema !== undefined && schema > POOL_SCHEMA)
    return { kind: "newer", message: `its schema ${schema} is newer than ours (${POOL_SCHEMA})` };
  const read = stored.safeParse(json);
  if (read.success) return { kind: "pool", pool: read.data };
  return { kind: "damaged", message: z.prettifyError(read.error).replaceAll("\n", " ") };
}

/**
 * The record as changes are given it. One that is damaged counts as none: what is active counts all the same, by the records
 * of its jobs.
 *
 * @throws Error when a newer version wrote it.
 */
export function usablePool(name: string, read: ReadPool | undefined): PoolRecord | undefined {
  if (read?.kind === "newer") throw new Error(`the record of the pool ${name} cannot be used: ${read.message}`);
  return read?.kind === "pool" ? read.pool : undefined;
}

const versioned = z.object({ schema: z.number().int() });
const stored: z.ZodType<PoolRecord> = z.looseObject({
  schema: z.number().int().positive(),
  slots: z.array(
    z.looseObject({
      job: z.string(),
      run: z.string(),
      attempt: count,
      trigger: z.enum(TRIGGERS),
      scheduledAt: date,
      since: date,
    }),
  ),
});
