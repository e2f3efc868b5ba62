import type { ExecTemplate } from "../../job/exec-template.ts";
import type { CloneTemplate, Job } from "../../job/job.ts";
import type { LabelKeys, ProcessKeys } from "../compose/job-schema.ts";
import { makeLabelledExec } from "../make-exec.ts";
import { makePolicies, makeSchedules, withHash } from "../make-job.ts";
import { textsOf } from "../values/assignments.ts";
import { given } from "../values/given.ts";
import { type LabelledObject, placeOf } from "./labelled-object.ts";

interface Declaring {
  readonly name: string;
  readonly object: LabelledObject;
  readonly defaultTimezone: string;
}

/** The job that an object declares by these keys: what it runs is a copy of the object, or a command in it. */
export function makeLabelledJob(keys: LabelKeys, { name, object, defaultTimezone }: Declaring): Job {
  const { kind, name: unit } = object;
  const isExec = keys.launch === "exec";
  return withHash({
    name,
    origin: { source: kind === "service" ? "services" : "containers", unit, at: placeOf(object) },
    schedules: makeSchedules(keys, defaultTimezone),
    template: makeLabelledTemplate(keys, object),
    policies: makePolicies(keys, {
      // The object's own is for what it runs itself, not for a command beside that.
      ...given("stopGracePeriodMs", isExec ? undefined : object.stopGracePeriodMs),
      // What its run leaves in use would hold up the removal of the stack.
      ...(kind === "service" && { endsWithTemplate: true }),
    }),
    suspended: keys.suspended ?? false,
  });
}

type NamedObject = Pick<LabelledObject, "kind" | "id" | "name" | "version">;

/** What the object's job runs: a copy of the object, or a command in it. */
export function makeLabelledTemplate(keys: ProcessKeys, object: NamedObject): CloneTemplate | ExecTemplate {
  return keys.launch === "exec" ? makeLabelledExec(keys, object) : makeClone(keys, object);
}

function makeClone(keys: ProcessKeys, { kind, id, name, version }: NamedObject): CloneTemplate {
  return {
    kind: "clone",
    // A container's version is its ID.
    of: { kind, name, version, ...(kind === "service" && { id }) },
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    ...(keys.environment && { environment: textsOf(keys.environment) }),
    ...given("workingDir", keys.working_dir),
    ...given("user", keys.user),
    ...given("stopSignal", keys.stop_signal),
    ...given("init", keys.init),
  };
}
