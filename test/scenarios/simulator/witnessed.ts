import type { JobRecord } from "../../../src/ledger/record.ts";
import type { FakeWorld } from "../../support/fake-world.ts";
import type { Oracle } from "./oracle.ts";

/** One write of a record, as it was seen from outside. */
export interface Witnessed {
  readonly job: string;
  readonly before: JobRecord | undefined;
  readonly after: JobRecord;
  /** When the writer asked for it. */
  readonly askedAt: Date;
  readonly now: Date;
  readonly world: FakeWorld;
  readonly oracle: Pick<
    Oracle,
    | "definitions"
    | "endsOf"
    | "absentSince"
    | "removedManually"
    | "removedFromFiles"
    | "preparedAt"
    | "delayMs"
    | "clockWentBack"
    | "disturbedUntil"
    | "mostDelayMs"
    | "held"
    | "instancesSeen"
  >;
}

/** All numbers of a nested count together. */
export function sumOf(counts: unknown): number {
  if (typeof counts === "number") return counts;
  if (typeof counts !== "object" || counts === null) return 0;
  return Object.values(counts).reduce((sum: number, each) => sum + sumOf(each), 0);
}
