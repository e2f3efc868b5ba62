import { NO_EXEC_IN_SWARM, notForExec } from "../compose/exec-schema.ts";
import type { Issue } from "../values/issue.ts";
import type { LabelledObject } from "./labelled-object.ts";

/** What is wrong between labels that say how and where the command is run. */
export function checkExecLabels(values: ReadonlyMap<string, string>, { kind }: LabelledObject): Issue[] {
  if (values.get("launch")?.trim() !== "exec") return [];
  if (kind === "service") {
    const hint = "leave it out: the run is then a copy of the service, with that command";
    return [{ path: ["launch"], on: "value", message: NO_EXEC_IN_SWARM, hint }];
  }
  const misplaced = ["entrypoint", "stop_signal", "init"].filter((key) => values.has(key)).map(notForExec);
  if (values.has("command") || !values.has("schedule")) return misplaced;
  const message = "launch: exec does not say which command is to run in the container";
  return [...misplaced, { path: ["launch"], on: "value", message, hint: "add the label command beside it" }];
}
