import { counted } from "../../job/counted.ts";
import { errorsOf, type SchedulerAnswer } from "../scheduler-view.ts";
import { roleWords } from "../standing.ts";

/** What is to be known of the scheduler when its jobs are shown; nothing where it is active and has no problem. */
export function schedulerNotes(answer: SchedulerAnswer): readonly string[] {
  if (answer.kind === "silent")
    return [`no scheduler answers here, so this is only what the ledger says (${answer.why})`];
  const { view } = answer;
  const { engineDownBecause, ledgerDownBecause } = view;
  const errors = errorsOf(view).length;
  return [
    ...(view.role.kind === "active" ? [] : [`the scheduler here carries out nothing: ${roleWords(view)}`]),
    ...(engineDownBecause === undefined
      ? []
      : [`nothing is started: the engine does not answer: ${engineDownBecause}`]),
    ...(ledgerDownBecause === undefined ? [] : [`nothing is started: the ledger cannot be used: ${ledgerDownBecause}`]),
    ...(errors > 0 ? [`${counted(errors, "problem")}: see "shipbell problems"`] : []),
  ];
}
