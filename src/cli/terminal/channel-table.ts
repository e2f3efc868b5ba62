import type { ChannelsView, ChannelView } from "../../view/scheduler/channels-view.ts";
import type { WaitingNotice } from "../../view/scheduler/tellings.ts";
import { counted } from "../../view/words/counted.ts";
import type { Appearance } from "./appearance.ts";
import { type Cell, formatTable } from "./table.ts";
import { formatInstant, type TimeStyle } from "./time-style.ts";

interface ChannelTableParts {
  readonly now: Date;
  readonly times: TimeStyle;
  readonly appearance: Appearance;
}

const CHANNEL_COLUMNS = [
  { head: "CHANNEL" },
  { head: "KIND" },
  { head: "ADDRESS", isCut: true },
  { head: "JOBS" },
  { head: "WAITING" },
  { head: "LAST SUCCESS" },
  { head: "HOW IT STANDS" },
] as const;

const WAITING_COLUMNS = [
  { head: "JOB" },
  { head: "CHANNEL" },
  { head: "WHAT" },
  { head: "HAPPENED" },
  { head: "TRIES" },
  { head: "NEXT TRY" },
  { head: "LAST TRY" },
] as const;

/** A line for each channel, and below, where something waits, one for each notice and channel. */
export function formatChannels({ channels, waiting }: ChannelsView, parts: ChannelTableParts): string {
  if (channels.length === 0) return "no channels";
  const table = formatTable(
    CHANNEL_COLUMNS,
    channels.map((channel) => channelRow(channel, parts)),
    parts.appearance,
  );
  if (waiting.length === 0) return table;
  const rows = waiting.map((notice) => waitingRow(notice, parts));
  return `${table}\n\n${formatTable(WAITING_COLUMNS, rows, parts.appearance)}`;
}

function channelRow(channel: ChannelView, { now, times }: ChannelTableParts): readonly Cell[] {
  const { kind = "-", address = "-", jobs, waiting, lastSuccessAt } = channel;
  return [
    channel.channel,
    kind,
    address,
    String(jobs),
    waiting === 0 ? "0" : { text: String(waiting), tone: "notable" },
    formatInstant(lastSuccessAt, times, now),
    standing(channel, { now, times }),
  ];
}

function standing(
  { state, troubleBecause, troubleSince, troubleAgainAt, dropped }: ChannelView,
  { now, times }: Pick<ChannelTableParts, "now" | "times">,
): Cell {
  if (state === "missing") return { text: "no such channel", tone: "bad" };
  const lost = dropped === 0 ? "" : `${counted(dropped, "notice")} given up`;
  if (troubleBecause === undefined) return lost === "" ? "-" : { text: lost, tone: "notable" };
  const since = troubleSince === undefined ? "" : ` since ${formatInstant(troubleSince, times, now)}`;
  const isFinal = troubleAgainAt === undefined;
  const text = `${isFinal ? "refuses: " : ""}${troubleBecause}${since}${lost === "" ? "" : `; ${lost}`}`;
  return { text, tone: isFinal ? "bad" : "notable" };
}

function waitingRow(notice: WaitingNotice, { now, times }: ChannelTableParts): readonly Cell[] {
  const { job, channel, at, tries, next, last } = notice;
  return [
    job,
    channel,
    whatOf(notice),
    formatInstant(at, times, now),
    String(tries),
    formatInstant(next, times, now),
    last ?? "-",
  ];
}

/** `failed`, `missed (3)`, `long-running, over` */
function whatOf({ kind, count, closes }: WaitingNotice): string {
  return `${kind}${count > 1 ? ` (${count})` : ""}${closes ? ", over" : ""}`;
}
