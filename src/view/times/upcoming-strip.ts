import { type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import { durationInWords } from "../words/duration.ts";
import { firstAfter, type JobOccurrences, type Occurrences, type Skips, skippedOf } from "./upcoming.ts";

/** What is due, counted by quarter hours: for the strip on which collisions show. */
export interface UpcomingStrip {
  /** By the calendar of the shown zone, from the first to the last day of the window. */
  readonly days: readonly StripDay[];
  /** The quarter hours with the most starts, most first: at most `MOST_BUSY`, each with at least two. */
  readonly busiest: readonly BusyCell[];
  /** Over all cells. */
  readonly starts: number;
  readonly skipped: number;
  /** Due times that jobs exclude: in no cell. */
  readonly excluded: number;
}

export interface StripDay {
  /** `2026-10-25` */
  readonly date: string;
  /** Those of the window. A whole day has 96, and fewer or more where a clock changes on it. */
  readonly cells: readonly StripCell[];
  /** `the clock goes back by 1 h at 03:00, so this day has 100 quarter hours`; absent on other days. */
  readonly clockChange?: string;
}

/** A quarter hour. */
export interface StripCell {
  /** Its begin. What is due then is in it. */
  readonly at: Date;
  readonly starts: number;
  readonly skipped: number;
}

export interface BusyCell extends StripCell {
  /** The instant in it at which most are due. */
  readonly peak: { readonly at: Date; readonly starts: number };
  /** The first few, by name. */
  readonly jobs: readonly string[];
  /** How many other jobs there are. */
  readonly moreJobs: number;
}

export const CELL_MS = 15 * 60_000;

/** Beyond this many, what is busiest is no longer special. */
const MOST_BUSY = 5;
const JOBS_NAMED = 3;

/** @throws RangeError for a zone that `Intl` does not know. */
export function upcomingStrip(upcoming: Occurrences, timezone: string): UpcomingStrip {
  const zone = zoneOf(timezone);
  const counts = countCells(upcoming);
  let [starts, skipped] = [0, 0];
  const excluded = upcoming.jobs.reduce((sum, { excluded = 0 }) => sum + excluded, 0);
  for (const cell of counts) {
    starts += cell.starts;
    skipped += cell.skipped;
  }
  return { days: daysOf(counts, upcoming, zone), busiest: busiestOf(counts, upcoming), starts, skipped, excluded };
}

/**
 * The window that a forecast of so many hours shows: from `now` to the end of the quarter hour in which as many hours are
 * over. Whole days end at the same time of the clock in the zone, so a day on which a clock changes is an hour shorter or
 * longer.
 */
export function upcomingWindow({ now, hours, timezone }: WindowQuery): { readonly from: Date; readonly to: Date } {
  const nowMs = now.getTime();
  const boundary = Math.ceil(nowMs / CELL_MS) * CELL_MS;
  if (hours % 24 !== 0) return { from: now, to: new Date(boundary + hours * 3_600_000 - 1) };
  const zone = zoneOf(timezone);
  const wall = boundary + zone.offsetAt(nowMs) + hours * 3_600_000;
  return { from: now, to: new Date((zone.instantsOf(wall)[0] ?? zone.jumpOver(wall)) - 1) };
}

export interface WindowQuery {
  readonly now: Date;
  readonly hours: number;
  /** IANA name. */
  readonly timezone: string;
}

/** In all zones of today, clocks are whole quarter hours from UTC. */
function beginOfCell(instant: number): number {
  return Math.floor(instant / CELL_MS) * CELL_MS;
}

function countCells(upcoming: Occurrences): readonly StripCell[] {
  const first = beginOfCell(upcoming.from.getTime());
  const size = Math.floor((upcoming.to.getTime() - first) / CELL_MS) + 1;
  const starts = new Int32Array(size);
  const skipped = new Int32Array(size);
  for (const job of upcoming.jobs) {
    const isSkipped = skippedOf(job);
    job.times.forEach((time, index) => {
      const cell = Math.floor((time - first) / CELL_MS);
      const counts = isSkipped(index) ? skipped : starts;
      counts[cell] = (counts[cell] ?? 0) + 1;
    });
  }
  return Array.from(starts, (count, index) => ({
    at: new Date(first + index * CELL_MS),
    starts: count,
    skipped: skipped[index] ?? 0,
  }));
}

function daysOf(cells: readonly StripCell[], { from, to }: Occurrences, zone: Zone): readonly StripDay[] {
  const days = new Map<string, StripCell[]>();
  for (const cell of cells) {
    const instant = Math.max(cell.at.getTime(), from.getTime());
    const date = wallClock(instant, zone).slice(0, 10);
    const day = days.get(date);
    if (day === undefined) days.set(date, [cell]);
    else day.push(cell);
  }
  return [...days].map(([date, ofDay]) => {
    const clockChange = clockChangeOn(date, zone, to);
    return { date, cells: ofDay, ...(clockChange !== undefined && { clockChange }) };
  });
}

/** `2026-10-25T02:30:00` */
function wallClock(instant: number, zone: Zone): string {
  return new Date(instant + zone.offsetAt(instant)).toISOString().slice(0, 19);
}

/** Undefined where the clock does not change on that day, or only after the window. */
function clockChangeOn(date: string, zone: Zone, to: Date): string | undefined {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const [begin, end] = [midnight, midnight + 86_400_000].map((wall) => zone.instantsOf(wall)[0] ?? zone.jumpOver(wall));
  if (begin === undefined || end === undefined) return undefined;
  const [before, after] = [zone.offsetAt(begin - 1), zone.offsetAt(end - 1)];
  if (before === after) return undefined;
  const at = zone.changeBetween(begin - 1000, end - 1000);
  if (at > to.getTime()) return undefined;
  const direction = after > before ? "forward" : "back";
  const clock = new Date(at + before).toISOString().slice(11, 16);
  const quarters = Math.round((end - begin) / CELL_MS);
  return `the clock goes ${direction} by ${durationInWords(Math.abs(after - before))} at ${clock}, so this day has ${quarters} quarter hours`;
}

function busiestOf(cells: readonly StripCell[], { jobs }: Occurrences): readonly BusyCell[] {
  const busiest: StripCell[] = [];
  for (const cell of cells) {
    if (cell.starts < 2) continue;
    const place = busiest.findIndex(({ starts }) => starts < cell.starts);
    busiest.splice(place < 0 ? busiest.length : place, 0, cell);
    if (busiest.length > MOST_BUSY) busiest.pop();
  }
  return busiest.map((cell) => busyCell(cell, jobs));
}

function busyCell(cell: StripCell, jobs: readonly JobOccurrences[]): BusyCell {
  const begin = cell.at.getTime();
  const names: string[] = [];
  const atInstant = new Map<number, number>();
  for (const job of jobs) {
    const isSkipped = skippedOf(job);
    const first = firstAfter(job.times, begin - 1);
    const inCell = job.times.slice(first, firstAfter(job.times, begin + CELL_MS - 1));
    const times = inCell.filter((_, index) => !isSkipped(first + index));
    if (times.length > 0) names.push(job.job);
    for (const time of times) atInstant.set(time, (atInstant.get(time) ?? 0) + 1);
  }
  let peak = { at: cell.at, starts: 0 };
  for (const [time, starts] of atInstant)
    if (starts > peak.starts || (starts === peak.starts && time < peak.at.getTime()))
      peak = { at: new Date(time), starts };
  return { ...cell, peak, jobs: names.slice(0, JOBS_NAMED), moreJobs: Math.max(0, names.length - JOBS_NAMED) };
}

/** One time of one job. */
export interface DueEntry {
  readonly at: Date;
  readonly job: string;
  readonly skipped?: Skips["reason"];
}

export interface DueList {
  /** In the order of time, then of names. */
  readonly entries: readonly DueEntry[];
  /** How many later ones there are. */
  readonly more: number;
}

/** The first `most` times of the jobs that are not bands. */
export function upcomingList({ jobs, from }: Occurrences, most: number): DueList {
  const named = jobs.filter(({ band }) => band === undefined);
  const begin = beginOfCell(from.getTime());
  const perCell: number[] = [];
  let all = 0;
  for (const { times } of named) {
    all += times.length;
    for (const time of times) {
      const cell = Math.floor((time - begin) / CELL_MS);
      perCell[cell] = (perCell[cell] ?? 0) + 1;
    }
  }
  // Only what is shown is sorted: whole cells, until there are enough.
  let [cells, enough] = [0, 0];
  while (enough < most && cells < perCell.length) enough += perCell[cells++] ?? 0;
  const until = begin + cells * CELL_MS;
  const entries: DueEntry[] = [];
  for (const job of named) {
    const isSkipped = skippedOf(job);
    for (const [index, time] of job.times.entries()) {
      if (time >= until) break;
      const skipped = isSkipped(index) ? job.skips?.reason : undefined;
      entries.push({ at: new Date(time), job: job.job, ...(skipped && { skipped }) });
    }
  }
  entries.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.job < b.job ? -1 : 1));
  return { entries: entries.slice(0, most), more: all - Math.min(most, all) };
}
