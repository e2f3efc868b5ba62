import { counted } from "../words/counted.ts";
import type { NoticeData, NoticeEvent } from "./notice-event.ts";

/** What a message for people says, however many notices it stands for. */
export interface Summary {
  readonly title: string;
  /** Lines. */
  readonly text: string;
  /** The last lines of the output; none unless they were asked for. */
  readonly output: readonly string[];
  readonly url?: string;
  /** `bad`: something is wrong. `good`: it is over. `note`: worth knowing. */
  readonly tone: "bad" | "good" | "note";
  /** Of the newest. */
  readonly at: Date;
  readonly instance: string;
  /** What the link leads to: a run, or a job. */
  readonly about?: string;
}

/** More than one becomes a digest: `14 jobs failed, 2 recovered since 2026-11-18 03:00:12Z`. There is at least one. */
export function summarize(events: readonly NoticeEvent[]): Summary {
  const [event, ...others] = events;
  if (event === undefined) throw new Error("a message tells something");
  if (others.length > 0) return digest(events, event);
  const { title, text, output = [], url, instance, run, job } = event.data;
  return { title, text, output, ...(url && { url }), tone: toneOf(event), at: event.at, instance, about: run ?? job };
}

const MOST_LINES = 30;

function digest(events: readonly NoticeEvent[], { data: { instance } }: NoticeEvent): Summary {
  const oldestFirst = events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const since = oldestFirst[0]?.at ?? new Date(0);
  const lines = oldestFirst.slice(0, MOST_LINES).map(({ data }) => `• ${data.title}`);
  const left = events.length - lines.length;
  const tones = new Set(events.map(toneOf));
  const url = pageOf(events);
  return {
    title: `${countWords(events)} since ${since.toISOString().slice(0, 19).replace("T", " ")}Z`,
    text: [...lines, ...(left > 0 ? [`… and ${counted(left, "other")}`] : [])].join("\n"),
    output: [],
    ...(url && { url }),
    tone: tones.has("bad") ? "bad" : tones.has("note") ? "note" : "good",
    at: oldestFirst.at(-1)?.at ?? since,
    instance,
  };
}

function toneOf({ data }: NoticeEvent): Summary["tone"] {
  const { kind, state } = data;
  if (isEndOfJob(data)) return "note";
  if (kind === "recovered") return "good";
  return kind === "failed" || kind === "missed" ? "bad" : state === "closed" ? "good" : "note";
}

/** `14 jobs failed, 2 recovered`. */
function countWords(events: readonly NoticeEvent[]): string {
  const groups = Map.groupBy(events, ({ data }) => wordsOf(data));
  const parts = [...groups].map(([words, of], index) => {
    const jobs = new Set(of.map(({ data }) => data.job)).size;
    return `${index === 0 ? counted(jobs, "job") : jobs} ${words}`;
  });
  return parts.join(", ");
}

/** Nothing has become better: the job is no longer declared. */
function isEndOfJob({ state, reason }: Pick<NoticeData, "state" | "reason">): boolean {
  return state === "closed" && reason === "removed";
}

function wordsOf(data: NoticeData): string {
  const { kind, state } = data;
  if (isEndOfJob(data)) return "are no longer declared";
  switch (kind) {
    case "failed":
    case "recovered":
      return kind;
    case "missed":
    case "skipped":
      return `${kind} occurrences`;
    case "long-running":
      return state === "closed" ? "ended late" : "ran longer than expected";
    case "not-run":
      return state === "closed" ? "resumed" : "paused or suspended";
  }
}

/** The page of all jobs. */
function pageOf(events: readonly NoticeEvent[]): string | undefined {
  const url = events.find(({ data }) => data.url !== undefined)?.data.url;
  return url?.replace(/(?:runs|jobs)\/[^/]*$/, "");
}
