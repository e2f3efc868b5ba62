import { type LabRecord, readRecords, type UpRecord, writeRecord } from "./lab-folder.ts";
import { isLeftOver } from "./take-down.ts";

/** What is up under that name until `lab down`. Rejects when it is of another kind, or lives for a process. */
export async function findDetached<T extends UpRecord>(name: string, kind: T["kind"]): Promise<T | undefined> {
  const record = (await readRecords()).find((one) => one.name === name);
  if (!record || isLeftOver(record)) return undefined;
  if (record.owner || record.kind !== kind) throw new Error(inUse(record));
  return record as T;
}

/** From now on it belongs to no process. */
export const detach = (record: LabRecord): Promise<void> => writeRecord({ ...record, owner: null });

function inUse({ name, kind, owner }: LabRecord): string {
  return `"${name}" is in use ${owner ? `by process ${owner.pid}` : `for a lab ${kind}`}: give another --name.`;
}
