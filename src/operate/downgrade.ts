import { forSchema1, withoutPauses } from "../ledger/changes/for-older.ts";
import { isOver } from "../ledger/changes/pauses.ts";
import type { JobRecord } from "../ledger/record.ts";
import { tellingsOf } from "../view/scheduler/tellings.ts";
import { MOST_TRIES, type OperateParts } from "./operation.ts";

/** True for the versions that `downgrade` can go back to: all of them know schema 1 and nothing newer. */
export function isOlderVersion(version: string): boolean {
  return /^v?0\.[12](\.\d+)?$/.test(version);
}

export interface Downgraded {
  /** The jobs with which the older version can go on. */
  readonly jobs: readonly string[];
  /** Those whose records are as they were, and why. It can be repeated. */
  readonly left: readonly { readonly job: string; readonly why: string }[];
  /** Whether all jobs were paused together. Now each of them is. */
  readonly wasPaused: boolean;
  /** Pauses that would end by themselves, and now last until the job is resumed. */
  readonly pausesWithoutEnd: readonly { readonly job: string; readonly until: Date }[];
  /** By channel: the jobs whose waiting notices it does not get, and those whose open incidents it does not hear the end of. */
  readonly untold: readonly {
    readonly channel: string;
    readonly waiting: readonly string[];
    readonly open: readonly string[];
  }[];
}

/** Writes all records so that versions 0.1 and 0.2 go on with them. `ledger` writes schema 1. */
export async function downgrade({ ledger, clock }: OperateParts): Promise<Downgraded> {
  const { records, unreadable, instance } = await ledger.load();
  const left = unreadable.map(({ job, message }) => ({ job, why: message }));
  const jobs: string[] = [];
  await Promise.all(
    [...records.keys()].map(async (job) => {
      const why = await downgradeRecord(job, { ledger, clock });
      if (why === undefined) jobs.push(job);
      else left.push({ job, why });
    }),
  );
  if (left.length === 0) await ledger.updateInstance(withoutPauses);
  const pausesWithoutEnd = [...records].flatMap(([job, { paused }]) =>
    paused?.until === undefined || isOver(paused, clock.now()) ? [] : [{ job, until: paused.until }],
  );
  const wasPaused = instance?.paused !== undefined && !isOver(instance.paused, clock.now());
  return { jobs, left, wasPaused, pausesWithoutEnd, untold: untoldOf([...records.values()]) };
}

/** Versions 0.1 and 0.2 send no notices, and drop what newer ones have noted of it. */
function untoldOf(records: readonly JobRecord[]): Downgraded["untold"] {
  const tellings = records.flatMap((record) => tellingsOf(record).map((telling) => ({ job: record.job, ...telling })));
  return [...Map.groupBy(tellings, ({ channel }) => channel)]
    .map(([channel, of]) => ({
      channel,
      waiting: of.filter(({ waiting }) => waiting.length > 0).map(({ job }) => job),
      open: of.filter(({ open }) => open.some(({ state }) => state === "told")).map(({ job }) => job),
    }))
    .filter(({ waiting, open }) => waiting.length + open.length > 0);
}

/** Returns why the record is left as it was. */
async function downgradeRecord(job: string, { ledger, clock }: OperateParts): Promise<string | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const swap = await ledger.update(job, (record, instance) => record && forSchema1(record, instance, clock.now()));
    if (swap.result !== "unknown") return undefined;
  }
  return "the ledger gave no clear answer";
}
