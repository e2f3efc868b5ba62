import type { Clock } from "../clock.ts";
import type { Engine } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import type { NoticeKind } from "../job/notify.ts";
import type { Problem } from "../job/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { InstanceRecord, JobRecord } from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { SchedulerView } from "../view/scheduler/scheduler-view.ts";
import type { SharedViews } from "./sharing/shared-views.ts";
import type { Events } from "./streams/events.ts";

/** What pages and API read and work with: this scheduler, and the ledger that all schedulers share. Functions are called again for each request. */
export interface World extends SharedViews {
  readonly clock: Clock;
  readonly timetables: Timetables;
  /** Of this scheduler: its host's name, for "as of 12:00:03 by scheduler host-1". */
  readonly host: string;
  readonly version: string;
  /** The zone of schedules that name none. Default: UTC. */
  readonly timezone?: string;
  readonly scheduler: () => SchedulerView;
  /** All records as this scheduler knows them, at most a second old. Undefined while the ledger cannot be used. */
  readonly records: () => ReadonlyMap<string, JobRecord> | undefined;
  /** What concerns all jobs, such as a pause of all (`view/jobs/pause-view.ts`). Undefined while nothing was decided for them. */
  readonly instance: () => InstanceRecord | undefined;
  /** The definition by which this scheduler carries the job out. */
  readonly definition: (job: string) => Job | undefined;
  /** Undefined while the ledger is not open. */
  readonly ledger: () => Ledger | undefined;
  /** Only for looking and reading output. Undefined while there is no engine. */
  readonly engine: () => Pick<Engine, "look" | "logs" | "keepsOutput"> | undefined;
  /** Checks the text of a schedule file: no other file is read, and no variable of the scheduler is used. */
  readonly check: (text: string) => Promise<CheckedText>;
  /** Whether runs are traced: then a start is part of the caller's trace. Default: false. */
  readonly isTraced?: boolean;
  /** Really sends a notice that is made up, once. Undefined where there is no such channel. */
  readonly tryChannel: (name: string, how: HowToTry) => Promise<ChannelTried | undefined>;
  /** What changes, for the streams of pages and API. */
  readonly events: Events;
  /** Where a file of `web/assets/` is, relative to the root: `static/1f0c2a9e/page.css` for `page.css`. */
  readonly asset: (name: string) => string;
}

export interface HowToTry {
  readonly kind: NoticeKind;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** What came of it, in words that have no secret. */
export interface ChannelTried {
  readonly channel: { readonly name: string; readonly kind: string; readonly address: string };
  readonly sent: { readonly result: string; readonly because: string; readonly answer?: string };
}

/** What is in a schedule file, and wrong with it. */
export interface CheckedText {
  /** How many jobs can be carried out. */
  readonly jobs: number;
  readonly problems: readonly Problem[];
}
