import type { InstanceRecord } from "../record.ts";

/**
 * Notes which boot of the host this is. Undefined where that is known: a boot counts once, however often schedulers start in
 * it. What was seen first of all is no boot that counts.
 */
export function noteBoot(instance: InstanceRecord | undefined, id: string, now: Date): InstanceRecord | undefined {
  const known = instance?.boot;
  if (known?.id === id) return undefined;
  return { schema: 1, ...instance, boot: { ...known, id, ...(known !== undefined && { seenAt: now }) } };
}
