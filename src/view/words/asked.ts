import type { By } from "../../ledger/record.ts";

/** ` by ops`, or nothing where the name is not known. */
export function byWords(by: By | undefined): string {
  return by?.name === undefined ? "" : ` by ${by.name}`;
}

/** ` (the disk is full)`, or nothing where no reason was given. */
export function reasonWords(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : ` (${reason})`;
}
