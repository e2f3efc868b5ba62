import { given } from "./given.ts";
import type { CloneTemplate, Job } from "./job.ts";
import type { LabelKeys } from "./job-schema.ts";
import { type LabelledObject, placeOf } from "./labelled-object.ts";
import { makePolicies, makeSchedules, withHash } from "./make-job.ts";

export interface Declared {
  readonly name: string;
  readonly object: LabelledObject;
  readonly defaultTimezone: string;
}

/** The job that an object declares by these keys: what it runs is a copy of the object. */
export function makeLabelledJob(keys: LabelKeys, { name, object, defaultTimezone }: Declared): Job {
  const { kind, name: unit, stopGracePeriodMs } = object;
  return withHash({
    name,
    origin: { source: kind === "service" ? "services" : "containers", unit, at: placeOf(object) },
    schedules: makeSchedules(keys, defaultTimezone),
    template: makeClone(keys, object),
    policies: makePolicies(keys, {
      ...given("stopGracePeriodMs", stopGracePeriodMs),
      // What its run leaves in use would hold up the removal of the stack.
      ...(kind === "service" && { endsWithTemplate: true }),
    }),
    suspended: keys.suspended ?? false,
  });
}

function makeClone(keys: LabelKeys, { kind, name, version }: LabelledObject): CloneTemplate {
  const variables = (keys.environment ?? []).map(([variable, value]) => [variable, value ?? ""] as const);
  return {
    kind: "clone",
    of: { kind, name, version },
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    ...(variables.length > 0 && { environment: Object.fromEntries(variables) }),
    ...given("workingDir", keys.working_dir),
    ...given("user", keys.user),
    ...given("stopSignal", keys.stop_signal),
    ...given("init", keys.init),
  };
}
