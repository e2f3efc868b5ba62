import type { ClockWords } from "../../view/words/clock-words.ts";
import { type Html, html } from "./html.ts";

/** A stretch of time that is drawn from the left to the right, however wide that is. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far ticks may be apart: each divides a day. */
const STEPS_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS];
const MOST_TICKS = 12;
/** Every clock of the world reads a multiple of it when a multiple of it has passed in UTC. */
const LOOK_EVERY_MS = 5 * MINUTE_MS;

export interface Tick {
  readonly at: Date;
  readonly words: string;
  /** The first one of a day. */
  readonly isDay: boolean;
}

/** Where an instant is, in percent of the width. */
export function percent({ from, to }: Span, at: Date): number {
  const share = (at.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime());
  return Math.round(share * 10_000) / 100;
}

/** Round times of the clock, so far apart that their words have room. */
export function ticksOf({ from, to }: Span, clock: ClockWords): readonly Tick[] {
  const length = to.getTime() - from.getTime();
  const step = STEPS_MS.find((ms) => length / ms <= MOST_TICKS) ?? DAY_MS;
  const ticks: Tick[] = [];
  const first = Math.ceil(from.getTime() / LOOK_EVERY_MS) * LOOK_EVERY_MS;
  for (let ms = first; ms <= to.getTime(); ms += LOOK_EVERY_MS) {
    const at = new Date(ms);
    const wall = ms + clock.offsetAt(at);
    if (wall % Math.min(step, DAY_MS) !== 0) continue;
    const isDay = wall % DAY_MS === 0;
    ticks.push({ at, isDay, words: isDay ? clock.namedDay(at) : clock.time(at) });
  }
  return ticks;
}

/** The words of the ticks, with *now* among them if it is in the span. */
export function axis(span: Span, ticks: readonly Tick[], now?: Date): Html {
  const nowAt = now !== undefined && now >= span.from && now <= span.to ? percent(span, now) : undefined;
  const words = ticks.map(({ at, words, isDay }, index) => {
    const x = percent(span, at);
    // Words that would lie over each other: always those at now, on narrow screens every other one too.
    const distance = nowAt === undefined ? 100 : Math.abs(x - nowAt);
    if (distance < 4) return undefined;
    const isMinor = distance < 12 || (index % 2 === 1 && !isDay);
    const kinds = [isDay && "day", isMinor && "minor"].filter(Boolean).join(" ");
    const anchor = x > 96 ? "end" : x < 4 ? "start" : "middle";
    return html`<text x="${x}%" y="13" text-anchor="${anchor}"${kinds !== "" && html` class="${kinds}"`}>${words}</text>`;
  });
  const mark =
    nowAt !== undefined &&
    html`<text x="${nowAt}%" y="13" text-anchor="${nowAt > 96 ? "end" : nowAt < 4 ? "start" : "middle"}" class="now">now</text>`;
  return html`<svg class="axis" width="100%" height="18" aria-hidden="true">${words}${mark}</svg>`;
}

/** Lines through everything below the axis. */
export function grid(span: Span, ticks: readonly Tick[], now?: Date): Html {
  const line = (at: Date, kind: string) =>
    html`<line x1="${percent(span, at)}%" x2="${percent(span, at)}%" y1="0" y2="100%" class="${kind}"/>`;
  const isIn = now !== undefined && now >= span.from && now <= span.to;
  return html`<svg class="grid" width="100%" height="100%" aria-hidden="true">${ticks.map(({ at, isDay }) => line(at, isDay ? "day" : "tick"))}${isIn && line(now, "now")}</svg>`;
}
