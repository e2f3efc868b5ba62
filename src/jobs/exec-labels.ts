import type { Issue } from "./issue.ts";
import type { LabelledObject } from "./labelled-object.ts";

/** What is wrong between labels that say how and where the command is run. */
export function checkExecLabels(values: ReadonlyMap<string, string>, object: LabelledObject): Issue[] {
  if (values.get("launch")?.trim() !== "exec") return keysOfExecAlone(values);
  if (object.kind === "service") {
    const message =
      "launch: exec cannot be honoured: a Swarm cannot run a command in a container that is there already";
    const hint = "leave it out: the run is then a copy of the service, with that command";
    return [{ path: ["launch"], on: "value", message, hint }];
  }
  if (values.has("command") || !values.has("schedule")) return [];
  const message = "launch: exec does not say which command is to run in the container";
  return [{ path: ["launch"], on: "value", message, hint: "add the label command beside it" }];
}

/** A copy has all of these from what it is a copy of. */
function keysOfExecAlone(values: ReadonlyMap<string, string>): Issue[] {
  const keys = [...values.keys()].filter((key) =>
    ["user", "working_dir", "environment"].includes(key.split(".")[0] ?? ""),
  );
  return keys.map((key) => ({
    path: key.startsWith("environment.") ? ["environment", key.slice("environment.".length)] : [key],
    on: "value",
    message: `${key} cannot be set by a label`,
    hint: "it is the object's own; with launch: exec, or in a schedule file, it can be set",
  }));
}
