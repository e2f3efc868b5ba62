import type { JobRows, JobTableParts } from "../../view/jobs/job-row.ts";
import { type ClockWords, clockWords, isTimezone } from "../../view/words/clock-words.ts";
import { roughDistance } from "../../view/words/duration.ts";
import { seesJob } from "../access/visible.ts";
import { commonZone } from "../common-zone.ts";
import { ROLES, type Role, type RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { type Content, type Html, html } from "./html.ts";

/** What every part of a page needs: who asks, for what, when, and in which words times are written. */
export interface Page {
  readonly request: RouteRequest;
  readonly world: World;
  readonly now: Date;
  /** Up to where the page knows what has happened: its stream of events goes on behind that. */
  readonly upTo: string;
  readonly rows: JobRows;
  readonly parts: JobTableParts;
  /** The zone that the reader has chosen for all times; undefined for each job's own. */
  readonly zone: string | undefined;
  /** The zone of most jobs, for what belongs to no job; the reader's, where one is chosen. */
  readonly commonZone: string;
  /** Whether a job exists for the caller. */
  readonly sees: (job: string) => boolean;
  /** Whether the caller has at least this role. */
  readonly may: (role: Role) => boolean;
  /** The words for times in that zone; in the reader's, where one is chosen. */
  readonly clock: (zone: string) => ClockWords;
  /** An address below the root, relative to this page; keeps the chosen zone. */
  readonly link: (path: string, query?: Query) => string;
  /** The parts that a script asks for, by their IDs; undefined when the whole page is asked for. */
  readonly wanted: ReadonlySet<string> | undefined;
  /** Those of them that are drawn so far. */
  readonly fragments: Html[];
  /** Draws a part that is drawn again while the page is open. Gives nothing when others are wanted. */
  readonly live: (part: LivePart) => Content;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** A part of a page that is kept fresh. */
export interface LivePart {
  readonly id: string;
  /** What changes it, divided by blanks: `job-backup` for one job, `jobs` for all, `problems`, `scheduler`. */
  readonly topics: string;
  /** Seconds after which it is drawn again even if nothing has changed. */
  readonly again?: number;
  /** The attributes belong on its element. */
  readonly draw: (attributes: Html) => Html;
}

export async function openPage(request: RouteRequest, world: World): Promise<Page> {
  const now = world.clock.now();
  const upTo = world.events.here();
  const states = await world.states();
  const parts = seenParts(request, world);
  const asked = request.query.get("zone") ?? undefined;
  const zone = asked !== undefined && isTimezone(asked) ? asked : undefined;
  const clocks = new Map<string, ClockWords>();
  const rank = ROLES.indexOf(request.caller.role);
  const wanted = wantedParts(request);
  const fragments: Html[] = [];
  return {
    request,
    world,
    now,
    upTo,
    rows: world.jobRows,
    parts: { ...parts, states, now },
    zone,
    commonZone: zone ?? commonZone(parts, world),
    sees: (job) => seesJob(request.caller, job),
    may: (role) => rank >= ROLES.indexOf(role),
    clock: (own) => {
      const name = zone ?? own;
      const known = clocks.get(name) ?? clockWords(name, now);
      clocks.set(name, known);
      return known;
    },
    link: (path, query = {}) => `${request.root}${path}${searchOf({ ...query, zone })}`,
    wanted,
    fragments,
    live: ({ id, topics, again, draw }) => {
      if (wanted !== undefined && !wanted.has(id)) return undefined;
      const part = draw(
        html` id="${id}" data-live${topics !== id && html`="${topics}"`}${again !== undefined && html` data-again="${again}"`}`,
      );
      fragments.push(part);
      return part;
    },
  };
}

/** What exists for the caller: a token may be limited to some jobs. */
function seenParts({ caller }: RouteRequest, world: World): Pick<JobTableParts, "records" | "instance" | "scheduler"> {
  const [records, instance, scheduler] = [world.records() ?? new Map(), world.instance(), world.scheduler()];
  if (caller.jobs === undefined) return { records, instance, scheduler };
  const sees = (job: string) => seesJob(caller, job);
  return {
    instance,
    records: new Map([...records].filter(([job]) => sees(job))),
    scheduler: {
      ...scheduler,
      jobs: new Map([...scheduler.jobs].filter(([job]) => sees(job))),
      unsure: new Set([...scheduler.unsure].filter(sees)),
      // The place of a definition may name another job.
      problems: scheduler.problems.filter(({ job }) => job !== undefined && sees(job)),
    },
  };
}

/** `Accept: text/html; fragment="row-a row-b"` asks for parts. */
function wantedParts({ headers }: RouteRequest): ReadonlySet<string> | undefined {
  const [, names] = /;\s*fragment="([^"]*)"/.exec(headers.accept ?? "") ?? [];
  return names === undefined ? undefined : new Set(names.split(" ").filter(Boolean));
}

function searchOf(query: Query): string {
  const words = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== "") words.set(key, value);
  return words.size > 0 ? `?${words}` : "";
}

/** `03:00`, with all of it for machines and under the pointer. */
export function momentOf(at: Date, clock: ClockWords): Html {
  return html`<time datetime="${isoOf(at)}" title="${clock.full(at)}">${clock.moment(at)}</time>`;
}

/** `03:00`, without seconds, for tables. */
export function minuteOf(at: Date, clock: ClockWords): Html {
  return html`<time datetime="${isoOf(at)}">${clock.minute(at)}</time>`;
}

/** `in 14 min`, which `live.js` keeps right while the page is open. */
export function distanceOf(at: Date, { now }: Pick<Page, "now">): Html {
  const words = roughDistance(at.getTime() - now.getTime());
  return html`<time datetime="${isoOf(at)}" data-distance>${words}</time>`;
}

export function isoOf(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}
