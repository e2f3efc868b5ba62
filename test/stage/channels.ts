import {
  noteDelivered,
  noteGivenUp,
  noteTried,
  type WaitingDelivery,
  waitingDeliveries,
} from "../../src/ledger/changes/deliveries.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { pauseAfter } from "../../src/notify/tries.ts";
import type { ChannelFacts } from "../../src/view/scheduler/scheduler-view.ts";

/** A channel as it is at the company, and since when it takes nothing. */
export interface StageChannel {
  readonly kind: string;
  readonly address: string;
  /** It may take it later. */
  readonly fails?: Trouble;
  /** It never will. */
  readonly refuses?: Trouble;
}

interface Trouble {
  readonly since: Date;
  readonly because: string;
}

export type StageChannels = Readonly<Record<string, StageChannel>>;

const ANSWER_MS = 1400;

/** Returns the record as what sends notices leaves it: with all told that these channels took by now. */
export function tellAll(
  record: JobRecord,
  { channels, now }: { readonly channels: StageChannels; readonly now: Date },
): JobRecord {
  for (const head of waitingDeliveries(record)) {
    const at = new Date(head.delivery.next.getTime() + ANSWER_MS);
    const told = at > now ? undefined : tell(record, head, { channel: channels[head.channel], at });
    if (told !== undefined) return tellAll(told, { channels, now });
  }
  return record;
}

function tell(
  record: JobRecord,
  head: WaitingDelivery,
  { channel, at }: { readonly channel: StageChannel | undefined; readonly at: Date },
): JobRecord | undefined {
  const { fails, refuses } = channel ?? {};
  const { tries } = head.delivery;
  if (refuses && refuses.since <= at) return noteGivenUp(record, head, at);
  if (!fails || fails.since > at) return noteDelivered(record, head, at);
  const next = new Date(at.getTime() + pauseAfter(tries + 1));
  return noteTried(record, head, { after: tries, next, last: fails.because });
}

/** What the scheduler says of them. */
export function channelFacts(channels: StageChannels, records: readonly JobRecord[]): readonly ChannelFacts[] {
  return Object.entries(channels).map(([name, { kind, address, fails, refuses }]): ChannelFacts => {
    const told = records.flatMap(({ told }) => Object.values(told?.last?.[name] ?? {}));
    const taken = told.flatMap(({ at, endAt }) => [at, endAt].flatMap((time) => time ?? []));
    const lastSuccessAt = taken.toSorted((a, b) => a.getTime() - b.getTime()).at(-1);
    const waiting = records.flatMap((record) => waitingDeliveries(record).filter(({ channel }) => channel === name));
    const nexts = waiting.map(({ delivery }) => delivery.next).toSorted((a, b) => a.getTime() - b.getTime());
    const trouble = fails ?? refuses;
    return {
      ...{ name, kind, address },
      ...(lastSuccessAt && { lastSuccessAt }),
      ...(trouble && { troubleBecause: trouble.because, troubleSince: trouble.since }),
      ...(fails && nexts[0] && { troubleAgainAt: nexts[0] }),
    };
  });
}
