import { errorsOf } from "../scheduler/problems.ts";
import type { SchedulerAnswer, SchedulerView } from "../scheduler/scheduler-view.ts";
import { counted } from "./counted.ts";

/** Why a scheduler that answers carries out nothing, as a part of a sentence. */
export function roleWords({ role }: Pick<SchedulerView, "role">): string {
  return role.kind === "standby"
    ? `it stands by: ${role.because}`
    : "it has not read its schedule files and labels yet";
}

/** Why no run can be started at present, as parts of a sentence; empty where runs can be started. */
export function downReasons({
  engineDownBecause,
  ledgerDownBecause,
}: Pick<SchedulerView, "engineDownBecause" | "ledgerDownBecause">): readonly string[] {
  return [
    ...(engineDownBecause === undefined ? [] : [`the engine does not answer: ${engineDownBecause}`]),
    ...(ledgerDownBecause === undefined ? [] : [`the ledger cannot be used: ${ledgerDownBecause}`]),
  ];
}

/** What the reader of a list of jobs must know about the scheduler; empty where it is active and has no problem. */
export function schedulerNotes(answer: SchedulerAnswer): readonly string[] {
  if (answer.kind === "silent")
    return [`no scheduler answers here, so this is only what the ledger says (${answer.why})`];
  const { view } = answer;
  const errors = errorsOf(view).length;
  return [
    ...(view.role.kind === "active" ? [] : [`the scheduler here carries out nothing: ${roleWords(view)}`]),
    ...downReasons(view).map((reason) => `nothing is started: ${reason}`),
    ...(errors > 0 ? [`${counted(errors, "problem")}: see "shipbell problems"`] : []),
  ];
}

/** Why a declared job without a record cannot be started, as the rest of a sentence. A record is made by what the engine has of the job. */
export function whyNoRecord({
  engineDownBecause,
  engineDownSince,
}: Pick<SchedulerView, "engineDownBecause" | "engineDownSince">): string {
  const first = "it has no record yet";
  if (engineDownBecause === undefined) return `${first}: ask again in a moment`;
  const since = engineDownSince === undefined ? "" : ` since ${engineDownSince.toISOString()}`;
  return `${first}, and gets one when the engine answers, which it does not${since}`;
}
