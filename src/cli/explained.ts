import type { Page } from "../ledger/page.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { ObjectStates } from "./object-states.ts";
import type { TimeWords } from "./zoned-time.ts";

export interface ExplainParts {
  readonly states: ObjectStates;
  readonly timetables: Timetables;
  readonly now: Date;
}

/** What an explanation is made from. */
export interface Explained extends ExplainParts {
  readonly page: Page;
  readonly when: TimeWords;
}
