import type { NoticeKind, NotifyRule } from "../../job/notify.ts";
import type { JobRecord, LastTold, Notice, OpenNotice, OpenNotices } from "../../ledger/record.ts";

/** How it stands between one job and one channel. */
export interface TellingView {
  readonly channel: string;
  /** What the job asks for; absent where it does not name the channel any longer. */
  readonly rule?: NotifyRule;
  /** What waits for the channel, in the order in which it is told: only the first is tried. */
  readonly waiting: readonly WaitingNotice[];
  /** What the channel was told, or should have been, and what is not over yet. */
  readonly open: readonly OpenTelling[];
  /** What the channel heard of last, of each kind, where that is over or nothing goes on from it; latest first. */
  readonly past: readonly PastTelling[];
}

/** Something that a channel was told, and its end. At least one of `at` and `endAt` is there. */
export interface PastTelling extends NoticeMatter {
  /** When the channel heard of it; absent where it heard of the end alone. */
  readonly at?: Date;
  /** When it heard of the end, and the run that brought it. */
  readonly endAt?: Date;
  readonly endRun?: string;
}

/** What a notice is about. */
export interface NoticeMatter {
  readonly kind: NoticeKind;
  /** How many it stands for. */
  readonly count: number;
  /** It is the end of what was told before. */
  readonly closes: boolean;
  readonly run?: string;
}

/** A notice that a channel does not have yet. */
export interface WaitingNotice extends NoticeMatter {
  readonly job: string;
  readonly channel: string;
  readonly id: string;
  /** When it happened. */
  readonly at: Date;
  readonly tries: number;
  /** When it is tried next; what waits behind another notice of the channel comes after that one. */
  readonly next: Date;
  /** How the last try went: `503`, `timeout`. */
  readonly last?: string;
}

/** Something that goes on, such as a failure. */
export interface OpenTelling extends NoticeMatter {
  readonly since: Date;
  /** `told`: the channel has heard of it, at `at`. `given-up`: it has not, and is not told again for now. */
  readonly state: "told" | "given-up";
  readonly at: Date;
}

/** Returns the channels that the job tells or has told something, by name. */
export function tellingsOf(record: JobRecord): readonly TellingView[] {
  const rules = record.definition.telling?.notify ?? [];
  const waiting = waitingNotices(record);
  const open = record.told?.open ?? {};
  const channels = new Set([
    ...rules.map(({ to }) => to),
    ...waiting.map(({ channel }) => channel),
    ...Object.keys(open),
    ...Object.keys(record.told?.last ?? {}),
  ]);
  return [...channels].map((channel) => {
    const rule = rules.find(({ to }) => to === channel);
    const waits = waiting.filter((notice) => notice.channel === channel);
    const goesOn = openTellings(open[channel] ?? {}, waits);
    const past = pastTellings(record.told?.last?.[channel] ?? {}, goesOn);
    return { channel, ...(rule && { rule }), waiting: waits, open: goesOn, past };
  });
}

/** Returns what waits for channels, oldest first. */
export function waitingNotices({ job, notices = [] }: JobRecord): readonly WaitingNotice[] {
  return notices.flatMap((notice) =>
    Object.entries(notice.to).map(([channel, { tries, next, last, count = notice.count }]) => ({
      job,
      channel,
      id: notice.id,
      ...matterOf(notice, count),
      at: notice.at,
      tries,
      next,
      ...(last !== undefined && { last }),
    })),
  );
}

function matterOf({ kind, run, closes }: Notice, count = 1): NoticeMatter {
  return { kind, count, closes: closes === true, ...(run !== undefined && { run }) };
}

const KINDS = { failed: "failed", longRunning: "long-running", notRun: "not-run" } as const;

function openTellings(open: OpenNotices, waiting: readonly WaitingNotice[]): readonly OpenTelling[] {
  return Object.entries(KINDS).flatMap(([key, kind]): OpenTelling[] => {
    const known = open[key as keyof OpenNotices];
    if (known === undefined || isWaiting(known, waiting)) return [];
    const { since, at, heard } = known;
    const run = runOf(known.id);
    const state = heard ? "told" : "given-up";
    return [{ kind, count: 1, closes: false, ...(run !== undefined && { run }), since, at, state }];
  });
}

/** What goes on is said already. */
function pastTellings(last: LastTold, open: readonly OpenTelling[]): readonly PastTelling[] {
  const goesOn = (kind: NoticeKind, since: Date) =>
    open.some((each) => each.kind === kind && each.state === "told" && each.since.getTime() === since.getTime());
  return Object.entries(last)
    .flatMap(([key, { since, count = 1, ...told }]): PastTelling[] => {
      const kind = key as NoticeKind;
      return goesOn(kind, since) ? [] : [{ kind, count, closes: false, ...told }];
    })
    .toSorted((a, b) => toldLast(b) - toldLast(a));
}

function toldLast({ at, endAt = at }: PastTelling): number {
  return endAt?.getTime() ?? 0;
}

/** The channel has not heard of it, and is about to. */
function isWaiting({ id, heard }: OpenNotice, waiting: readonly WaitingNotice[]): boolean {
  return heard !== true && waiting.some((notice) => notice.id === id || notice.id.startsWith(`${id}/`));
}

/** `backup-20261118t030000z` of `backup-20261118t030000z/failed`. */
function runOf(id: string): string | undefined {
  const [run, kind] = id.split("/");
  return kind === "not-run" ? undefined : run;
}
