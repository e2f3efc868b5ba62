import type { OperatedLedger } from "../../operate/operation.ts";
import { recordVersion } from "../../view/record-version.ts";
import { Fault } from "../fault.ts";
import { ApiFault } from "./api-fault.ts";

/**
 * The ledger as a request with `If-Match` changes it: a record is changed only in the state that the header names. The check
 * is part of the swap, so nothing comes between.
 *
 * @throws Fault `bad-request` for a header that is none of our tags. `update` throws `changed`.
 */
export function matching(ifMatch: string | undefined, ledger: OperatedLedger): OperatedLedger {
  if (ifMatch === undefined || ifMatch.trim() === "*") return ledger;
  const wanted = new Set(ifMatch.split(",").map(readTag));
  return {
    load: () => ledger.load(),
    read: (job) => ledger.read(job),
    async update(job, change) {
      let isOther = false;
      const swap = await ledger.update(job, (record, instance) => {
        isOther = record !== undefined && !wanted.has(recordVersion(record));
        if (isOther) return undefined;
        const changed = change(record, instance);
        // After an unclear answer the change is made again, in a record that it may have changed.
        if (changed !== undefined) wanted.add(recordVersion(changed));
        return changed;
      });
      if (isOther) throw new ApiFault("changed", `The record of ${job} has changed since; read it again.`, { job });
      return swap;
    },
    readInstance: () => ledger.readInstance(),
    updateInstance: (change) => ledger.updateInstance(change),
  };
}

function readTag(text: string): string {
  const [, tag] = /^\s*"([0-9a-f]{16})"\s*$/.exec(text) ?? [];
  if (tag === undefined)
    throw new Fault("bad-request", 'If-Match: must be the ETag of the job, such as "9f3c52d17ab04e86".');
  return tag;
}
