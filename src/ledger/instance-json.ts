import * as z from "zod";
import type { LedgerContents } from "./ledger.ts";
import type { InstanceRecord } from "./record.ts";
import { date, hold, pause } from "./record-json.ts";

export const INSTANCE_SCHEMA = 1;

/** Returns the record as JSON text, with instants as ISO 8601 in UTC. */
export function writeInstance(instance: InstanceRecord): string {
  return JSON.stringify(instance);
}

export type ReadInstance =
  /** `fault`: a newer shipbell wrote it, and what is known here of it could not all be read. */
  | { readonly kind: "instance"; readonly instance: InstanceRecord; readonly fault?: string }
  | { readonly kind: "damaged"; readonly message: string };

/**
 * Reads what `writeInstance` wrote. Never throws, whatever the text is. Of a newer shipbell's record, what is known here
 * counts: a pause holds, whichever version wrote it. Fields that are not known here are kept.
 */
export function readInstance(text: string): ReadInstance {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: "damaged", message: `not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const read = stored.safeParse(json);
  if (read.success) return { kind: "instance", instance: read.data };
  const message = z.prettifyError(read.error).replaceAll("\n", " ");
  const schema = versioned.safeParse(json).data?.schema;
  if (schema === undefined || schema <= INSTANCE_SCHEMA) return { kind: "damaged", message };
  const fault = `record schema ${schema} is newer than ours (${INSTANCE_SCHEMA}): ${message}`;
  return { kind: "instance", instance: { schema }, fault };
}

/** The record as changes are given it: one that is damaged counts as none. */
export function usableInstance(read: ReadInstance | undefined): InstanceRecord | undefined {
  return read?.kind === "instance" ? read.instance : undefined;
}

/** What `Ledger.load` returns of it. */
export function instanceContents(
  read: ReadInstance | undefined,
): Pick<LedgerContents, "instance" | "instanceUnreadable"> {
  if (read === undefined) return {};
  if (read.kind === "damaged") return { instanceUnreadable: read.message };
  const { instance, fault } = read;
  return { instance, ...(fault !== undefined && { instanceUnreadable: fault }) };
}

/** @throws Error when a newer version wrote the record: it must not be written here. */
export function requireWritable(instance: InstanceRecord | undefined): void {
  if (instance !== undefined && instance.schema > INSTANCE_SCHEMA)
    throw new Error(
      `the record of the instance cannot be changed: its schema ${instance.schema} is newer than ours (${INSTANCE_SCHEMA})`,
    );
}

const versioned = z.object({ schema: z.number().int() });
const stored: z.ZodType<InstanceRecord> = z.looseObject({
  schema: z.number().int().positive(),
  paused: pause.loose().exactOptional(),
  holds: z.array(hold).exactOptional(),
  boot: z
    .looseObject({ id: z.string(), seenAt: date.exactOptional(), before: z.array(date).exactOptional() })
    .exactOptional(),
});
