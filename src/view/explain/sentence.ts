import type { JobRecord } from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import type { SchedulerAnswer } from "../scheduler-view.ts";
import type { Standing } from "../standing.ts";
import type { ObjectStates } from "../../cli/object-states.ts";
import type { TimeWords } from "../words/time.ts";

export interface ExplainParts {
  readonly states: ObjectStates;
  readonly timetables: Timetables;
  readonly now: Date;
  /** What the running scheduler says. */
  readonly answer: SchedulerAnswer;
}

/** What an explanation is made from. */
export interface Explained extends ExplainParts {
  readonly record: JobRecord;
  readonly when: TimeWords;
  readonly standing: Standing;
}
